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
    left_eye = rest[slice(*eye_ranges["left"])].mean(0)
    found = {"nose": [_nose(skin, left_eye)]}
    surface = _face_points(skin, masks, left_eye, flesh) | _foot_points(skin, heads, names)
    for name, vertices in surface.items():
        found[name] = vertices
        found[name.replace("left", "right")] = _mirrored(skin, vertices)
    centres = rest[joint_cubes].mean(1)
    for side, suffix in (("left", ".L"), ("right", ".R")):
        first, last = eye_ranges[side]
        found[f"{side}_eye"] = [first + rest[first:last, 1].argmin()]
        for joint, bone in _JOINTS.items():
            head = heads[names.index(bone + suffix)]
            found[f"{side}_{joint}"] = joint_cubes[np.linalg.norm(centres - head, axis=1).argmin()]
    vertices = np.zeros((skeleton.COUNT, SOURCES), np.int32)
    weights = np.zeros((skeleton.COUNT, SOURCES), np.float32)
    for row, name in enumerate(skeleton.LANDMARKS):
        chosen = np.asarray(found[name])[:SOURCES]
        vertices[row, : len(chosen)] = chosen
        weights[row, : len(chosen)] = 1.0 / len(chosen)
    return vertices, weights


def _mirrored(skin, vertices) -> np.ndarray:
    """Return the vertices nearest to the mirror images of `vertices`."""
    images = skin[vertices] * np.array([-1, 1, 1])
    return np.linalg.norm(skin[None] - images[:, None], axis=-1).argmin(1)


def _nose(skin, eye) -> int:
    level = eye[2]
    near = (np.abs(skin[:, 0]) < 0.01) & (skin[:, 2] < level - 0.01) & (skin[:, 2] > level - 0.06)
    return np.flatnonzero(near)[skin[near, 1].argmin()]


def _face_points(skin, masks, eye, flesh) -> dict[str, np.ndarray]:
    """Corners of the left eye, the left ear's tragus and the left corner of the mouth."""
    lids = _lid_ring(skin, eye)
    across = skin[lids, 0]
    left = skin[:, 0] > 0
    lips = np.flatnonzero((masks["lips"][flesh] > 0.5) & left)
    ears = np.flatnonzero((masks["ears"][flesh] > 0.5) & left)
    return {
        "left_eye_inner": lids[[across.argmin()]],
        "left_eye_outer": lids[[across.argmax()]],
        "left_ear": ears[np.argsort(skin[ears, 1])[:6]],
        "mouth_left": lips[[skin[lips, 0].argmax()]],
    }


def _lid_ring(skin, eye) -> np.ndarray:
    """Vertices of the lids that touch the front of the eyeball."""
    ray = skin - eye
    distance = np.linalg.norm(ray, axis=1)
    touching = (distance < 0.0185) & (ray[:, 1] < -0.002) & (np.abs(ray[:, 2]) < 0.011)
    return np.flatnonzero(touching)


def _foot_points(skin, heads, names) -> dict[str, np.ndarray]:
    """Heel and toe tip of the left foot."""
    ankle = heads[names.index("foot.L")]
    foot = np.flatnonzero((skin[:, 2] < ankle[2] - 0.01) & (skin[:, 0] > 0))
    back_to_front = foot[np.argsort(-skin[foot, 1])]
    return {
        "left_heel": back_to_front[:SOURCES],
        "left_foot_index": back_to_front[-SOURCES:],
    }
