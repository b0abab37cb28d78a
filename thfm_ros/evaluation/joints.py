# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The skeletons that ground truth comes in, each with its map from our 33 landmarks.

Joints inside the body (spine, collars, SMPL's pelvis) have no landmark of their own: they are means
of landmarks, a few centimetres off. Errors on such sets include that definition gap.
"""

from __future__ import annotations

from thfm_ros import skeleton
from thfm_ros.skeleton import LandmarkMap

_HIPS = ("left_hip", "right_hip")
_SHOULDERS = ("left_shoulder", "right_shoulder")
_EARS = ("left_ear", "right_ear")


def _map(name: str, joints: dict[str, tuple[str, ...]]) -> LandmarkMap:
    sources = tuple(tuple(skeleton.INDEX[part] for part in parts) for parts in joints.values())
    return LandmarkMap(name, tuple(joints), sources)


def _same(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: (name,) for name in names}


_LIMBS_14 = _same(
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
)

BODY33 = _map(skeleton.NAME, _same(*skeleton.LANDMARKS))

LSP14 = _map("lsp14", {**_LIMBS_14, "neck": _SHOULDERS, "head_top": _EARS})
"""The 14 joints of the Human3.6M and 3DPW tables (HMR's evaluation); our head ends at the ears."""

SMPL24 = _map(
    "smpl24",
    {
        "pelvis": _HIPS,
        **_same("left_hip", "right_hip"),
        "spine1": (*_HIPS, *_HIPS, *_SHOULDERS),
        **_same("left_knee", "right_knee"),
        "spine2": (*_HIPS, *_SHOULDERS),
        **_same("left_ankle", "right_ankle"),
        "spine3": (*_HIPS, *_SHOULDERS, *_SHOULDERS),
        "left_foot": ("left_foot_index",),
        "right_foot": ("right_foot_index",),
        "neck": _SHOULDERS,
        "left_collar": (*_SHOULDERS, "left_shoulder"),
        "right_collar": (*_SHOULDERS, "right_shoulder"),
        "head": _EARS,
        **_same("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"),
        **_same("left_wrist", "right_wrist"),
        "left_hand": ("left_index", "left_pinky"),
        "right_hand": ("right_index", "right_pinky"),
    },
)
"""SMPL's 24 joints in SMPL's order, as in the EMDB and RICH tables."""

JOINT_SETS = {
    joints.name: joints for joints in (BODY33, skeleton.COCO17, skeleton.H36M17, LSP14, SMPL24)
}


def hips(joints: LandmarkMap) -> tuple[int, int]:
    """Return the indices of left and right hip, whose mean is the pelvis in every protocol."""
    return joints.joints.index("left_hip"), joints.joints.index("right_hip")
