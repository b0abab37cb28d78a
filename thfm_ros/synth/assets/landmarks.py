# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The 33 landmarks as sparse weights on rest vertices, which skinning then moves exactly.

Limb joints are the centres of MakeHuman's joint markers; points of the face, heels and toes lie on
the surface, where BlazePose's annotators put them (nose tip, corners of eyes and mouth, tragus).
"""

from __future__ import annotations

import numpy as np

from thfm_ros import skeleton

SOURCES = 8
_JOINTS = {
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
    "pinky": "finger5-1",
    "index": "finger2-1",
    "thumb": "finger1-2",
    "hip": "upperleg01",
    "knee": "lowerleg01",
    "ankle": "foot",
}


def landmark_weights(rest, heads, names, masks, eye_ranges, joint_cubes, flesh):
    """Return vertex indices int32 [33, 8] and weights float32 [33, 8]; every row sums to 1."""
    skin = rest[flesh]
    eyes = {side: rest[slice(*span)].mean(0) for side, span in eye_ranges.items()}
    found = {"nose": [int(_nose(skin, eyes))]}
    for side, sign in (("left", 1), ("right", -1)):
        found.update(_face_points(side, sign, skin, masks, eyes[side], flesh))
        first, last = eye_ranges[side]
        found[f"{side}_eye"] = [int(first + rest[first:last, 1].argmin())]
        found.update(_foot_points(side, sign, skin, heads, names))
        for joint, bone in _JOINTS.items():
            head = heads[names.index(bone + (".L" if sign > 0 else ".R"))]
            centres = rest[joint_cubes].mean(1)
            found[f"{side}_{joint}"] = joint_cubes[np.linalg.norm(centres - head, axis=1).argmin()]
    vertices = np.zeros((skeleton.COUNT, SOURCES), np.int32)
    weights = np.zeros((skeleton.COUNT, SOURCES), np.float32)
    for row, name in enumerate(skeleton.LANDMARKS):
        chosen = np.asarray(found[name])[:SOURCES]
        vertices[row, : len(chosen)] = chosen
        weights[row, : len(chosen)] = 1.0 / len(chosen)
    return vertices, weights


def _nose(skin, eyes) -> int:
    level = eyes["left"][2]
    near = (np.abs(skin[:, 0]) < 0.01) & (skin[:, 2] < level - 0.01) & (skin[:, 2] > level - 0.06)
    return np.flatnonzero(near)[skin[near, 1].argmin()]


def _face_points(side, sign, skin, masks, eye, flesh) -> dict[str, list[int]]:
    lids = _lid_ring(skin, eye)
    across = skin[lids, 0] * sign
    lips = np.flatnonzero((masks["lips"][flesh] > 0.5) & (skin[:, 0] * sign > 0))
    ears = np.flatnonzero((masks["ears"][flesh] > 0.5) & (skin[:, 0] * sign > 0))
    front_of_ear = ears[np.argsort(skin[ears, 1])[:6]]
    corner = lips[(skin[lips, 0] * sign).argmax()]
    return {
        f"{side}_eye_inner": [int(lids[across.argmin()])],
        f"{side}_eye_outer": [int(lids[across.argmax()])],
        f"{side}_ear": [int(v) for v in front_of_ear],
        f"mouth_{side}": [int(corner)],
    }


def _lid_ring(skin, eye) -> np.ndarray:
    """Vertices of the lids that touch the front of the eyeball."""
    ray = skin - eye
    distance = np.linalg.norm(ray, axis=1)
    touching = (distance < 0.0185) & (ray[:, 1] < -0.002) & (np.abs(ray[:, 2]) < 0.011)
    return np.flatnonzero(touching)


def _foot_points(side, sign, skin, heads, names) -> dict[str, list[int]]:
    ankle = heads[names.index("foot" + (".L" if sign > 0 else ".R"))]
    foot = np.flatnonzero((skin[:, 2] < ankle[2] - 0.01) & (skin[:, 0] * sign > 0))
    back_to_front = foot[np.argsort(-skin[foot, 1])]
    return {
        f"{side}_heel": [int(v) for v in back_to_front[:SOURCES]],
        f"{side}_foot_index": [int(v) for v in back_to_front[-SOURCES:]],
    }
