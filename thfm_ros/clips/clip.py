# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One clip: pictures with their exact ground truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from thfm_ros.camera import Intrinsics

PLANES = (
    ("mask", np.uint8, 1),
    ("instance", np.uint8, 1),
    ("part", np.uint8, 1),
    ("normals", np.int8, 3),
    ("dense_pose", np.uint8, 3),
    ("depth", np.uint16, 1),
)
"""The planes of one frame as stored: in this order, [H, W] or [H, W, 3], little-endian, joined."""
ROWS = ("landmarks2d", "landmarks3d", "landmark_state", "intrinsics", "times")
"""What has one row a frame."""


@dataclass(frozen=True)
class _Fields:
    """What a clip has, in floats (`Clip`) or as it is stored (`StoredClip`)."""

    rgb: np.ndarray
    mask: np.ndarray
    instance: np.ndarray
    part: np.ndarray
    depth: np.ndarray
    normals: np.ndarray
    dense_pose: np.ndarray
    landmarks2d: np.ndarray
    landmarks3d: np.ndarray
    landmark_state: np.ndarray
    intrinsics: np.ndarray
    times: np.ndarray
    about: dict


@dataclass(frozen=True)
class Clip(_Fields):
    """T frames of P people; P may be 0.

    rgb:            uint8 [T, H, W, 3]
    mask, instance, part, depth, normals, dense_pose: as synth.render.frame.Layers, stacked to
                    [T, ...]
    landmarks2d:    float32 [T, P, 33, 2], pixels, centres at integers; 0 where absent
    landmarks3d:    float32 [T, P, 33, 3], metres, optical frame
    landmark_state: uint8 [T, P, 33], LandmarkState
    intrinsics:     float32 [T, 4], fx fy cx cy
    times:          float64 [T], seconds
    about:          seed, split, motion, background and so on
    """

    @property
    def camera(self) -> Intrinsics:
        """The camera of the first frame; it keeps its lens."""
        height, width = self.rgb.shape[1:3]
        return Intrinsics(*map(float, self.intrinsics[0]), width, height)


@dataclass(frozen=True)
class StoredClip(_Fields):
    """Some frames of a clip as they are stored: what training draws from, without a detour.

    As `Clip`, but
    normals:    int8, x 127
    dense_pose: uint8, x 255
    depth:      uint16, millimetres
    """

    @property
    def frames(self) -> int:
        """How many frames were read."""
        return len(self.rgb)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.rgb.shape[2], self.rgb.shape[1]

    def with_pixels(self, change: Callable[[np.ndarray], np.ndarray]) -> StoredClip:
        """Return the clip with its pictures and planes [T, H, W, ...] changed in the same way."""
        planes = ("rgb", *(name for name, _, _ in PLANES))
        return replace(self, **{name: change(getattr(self, name)) for name in planes})


def decoded(stored: StoredClip) -> Clip:
    """Return a stored clip in floats and metres."""
    return Clip(
        **{
            **vars(stored),
            "depth": stored.depth.astype(np.float32) / 1000,
            "normals": stored.normals.astype(np.float32) / 127,
            "dense_pose": stored.dense_pose.astype(np.float32) / 255,
        }
    )
