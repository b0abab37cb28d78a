# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The fifteen segments whose orientations are a pose, and clips of poses.

A rotation of the identity means: standing upright, arms and legs hanging down, facing -y, z up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

SEGMENTS = (
    "pelvis",
    "chest",
    "head",
    "right_thigh",
    "right_shank",
    "right_foot",
    "right_upper_arm",
    "right_forearm",
    "right_hand",
    "left_thigh",
    "left_shank",
    "left_foot",
    "left_upper_arm",
    "left_forearm",
    "left_hand",
)
INDEX = {name: index for index, name in enumerate(SEGMENTS)}
DOWN = np.array([0, 0, -1.0])


def _mirror_name(name: str) -> str:
    swapped = name.replace("left", "right") if "left" in name else name.replace("right", "left")
    return swapped


MIRROR = [INDEX[_mirror_name(name)] for name in SEGMENTS]


@dataclass(frozen=True)
class Motion:
    """A clip of poses.

    times:     float [T], seconds from 0
    rotations: float [T, 15, 3, 3], segment to world, in the order of SEGMENTS
    pelvis:    float [T, 3], pelvis position in units of the standing pelvis height
    source:    what it came from, for the manifest and the split
    seated:    whether the person sits on something that the scene must provide
    carried:   "", "box" (in both hands) or "small" (in one hand)
    grounded:  "feet" puts the lowest point of every frame on the floor, "clip" the lowest of all
    """

    name: str
    times: np.ndarray
    rotations: np.ndarray
    pelvis: np.ndarray
    source: str = "procedural"
    seated: bool = False
    carried: str = ""
    grounded: str = "clip"

    def __post_init__(self) -> None:
        frames = len(self.times)
        if self.rotations.shape != (frames, len(SEGMENTS), 3, 3):
            raise ValueError(
                f"Motion {self.name}: rotations have shape {self.rotations.shape}, "
                f"allowed is {(frames, len(SEGMENTS), 3, 3)}"
            )
        if frames < 1:
            raise ValueError(f"Motion {self.name}: {frames} frames, allowed is 1 or more")
        if self.pelvis.shape != (frames, 3):
            raise ValueError(
                f"Motion {self.name}: pelvis has shape {self.pelvis.shape}, "
                f"allowed is {(frames, 3)}"
            )

    @property
    def duration(self) -> float:
        """Seconds from the first to the last pose."""
        return float(self.times[-1])


def resample(motion: Motion, times: np.ndarray) -> Motion:
    """Return the poses at `times` [N] seconds; beyond its end a clip plays backwards."""
    end = max(motion.duration, 1e-6)
    folded = np.abs((np.asarray(times) + end) % (2 * end) - end)
    before = np.clip(np.searchsorted(motion.times, folded, "right") - 1, 0, len(motion.times) - 2)
    span = motion.times[before + 1] - motion.times[before]
    share = np.clip((folded - motion.times[before]) / np.maximum(span, 1e-9), 0, 1)
    first = motion.rotations[before].reshape(-1, 3, 3)
    step = np.swapaxes(first, 1, 2) @ motion.rotations[before + 1].reshape(-1, 3, 3)
    rotation = Rotation.from_matrix(step).as_rotvec() * np.repeat(share, len(SEGMENTS))[:, None]
    rotations = first @ Rotation.from_rotvec(rotation).as_matrix()
    pelvis = motion.pelvis[before] + share[:, None] * (
        motion.pelvis[before + 1] - motion.pelvis[before]
    )
    return _replace(
        motion, np.asarray(times, float), rotations.reshape(-1, len(SEGMENTS), 3, 3), pelvis
    )


def mirror(motion: Motion) -> Motion:
    """Return the left-right mirror image of a clip."""
    flip = np.diag([-1.0, 1.0, 1.0])
    rotations = (flip @ motion.rotations @ flip)[:, MIRROR]
    return _replace(motion, motion.times, rotations, motion.pelvis * [-1, 1, 1])


def turned(motion: Motion, rotation: np.ndarray, centre: int) -> Motion:
    """Turn a clip by `rotation` [3, 3] about the vertical through the pelvis in frame `centre`."""
    origin = motion.pelvis[centre] * [1, 1, 0]
    pelvis = (motion.pelvis - origin) @ rotation.T
    return _replace(motion, motion.times, rotation @ motion.rotations, pelvis)


def _replace(motion: Motion, times, rotations, pelvis) -> Motion:
    return Motion(
        motion.name,
        times,
        rotations,
        pelvis,
        motion.source,
        motion.seated,
        motion.carried,
        motion.grounded,
    )
