# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One camera image with the stamp and frame it was taken in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros.camera import Intrinsics

NS_PER_S = 1_000_000_000
"""Stamps are whole nanoseconds."""


@dataclass(frozen=True)
class Frame:
    """One image of a stream.

    stamp_ns:   acquisition time in nanoseconds, as the camera stamped it
    image:      uint8 [H, W, 3], RGB
    frame_id:   the optical frame (REP-103: x right, y down, z forward); may be empty
    intrinsics: of this image, or None where the camera is not calibrated
    depth:      float32 [H, W], metres along z by a sensor registered to this image, not finite or 0
                where it saw nothing; or None
    rotation:   degrees clockwise (0, 90, 180, 270) after which people stand upright in it, None =
                as the engine's configuration says
    """

    stamp_ns: int
    image: np.ndarray
    frame_id: str = ""
    intrinsics: Intrinsics | None = None
    depth: np.ndarray | None = None
    rotation: int | None = None

    def __post_init__(self) -> None:
        image = self.image
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3:
            found = getattr(image, "dtype", type(image).__name__), getattr(image, "shape", None)
            raise ValueError(f"Frame.image is {found[0]} {found[1]}, allowed is uint8 [H, W, 3]")
        if image.shape[2] != 3 or 0 in image.shape:
            raise ValueError(f"Frame.image has shape {image.shape}, allowed is [H, W, 3], H, W > 0")
        if self.depth is not None and self.depth.shape != image.shape[:2]:
            raise ValueError(
                f"Frame.depth has shape {self.depth.shape}, allowed is {image.shape[:2]}"
            )
        if self.stamp_ns < 0:
            raise ValueError(f"Frame.stamp_ns is {self.stamp_ns}, allowed is 0 or more")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]
