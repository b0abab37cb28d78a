# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth at the pixels of a rectified image, as image_proc makes them: without distortion, by P."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from sensor_msgs.msg import CameraInfo

from thfm_ros.camera import Intrinsics
from thfm_ros.pixel_grid import interpolate_pixels

_TOLERANCE_PX = 0.05


def rectified_depth(depth: np.ndarray, camera: Intrinsics, info: CameraInfo) -> np.ndarray:
    """Return depth [H, W] (metres along z) of a camera at the pixels of its rectified image.

    info: of this very image (`camera_info_for`); NaN where the camera does not see. The nearest
    pixel counts: between two depths at an edge nothing is.
    """
    across, down, along = _where(camera, tuple(info.p), tuple(info.r))
    taken = cv2.remap(
        depth, across, down, cv2.INTER_NEAREST, None, cv2.BORDER_CONSTANT, float("nan")
    )
    return taken / along


@lru_cache(maxsize=1)
def _where(camera: Intrinsics, p: tuple, r: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of each pixel where it is in the camera's image, x and y, and what z is divided by."""
    fx, fy, cx, cy = p[0], p[5], p[2], p[6]
    rotation = np.reshape(r, (3, 3)) if any(r) else np.eye(3)

    def seen_at(pixels: np.ndarray) -> np.ndarray:
        rays = np.pad((pixels - (cx, cy)) / (fx, fy), ((0, 0), (0, 1)), constant_values=1.0)
        rays = rays @ rotation
        return np.concatenate((camera.project(rays), rays[:, 2:]), -1)

    size = camera.width, camera.height
    across, down, along = interpolate_pixels(seen_at, size, _TOLERANCE_PX)
    # Nowhere is outside of the picture.
    return np.nan_to_num(across, nan=-9.0), np.nan_to_num(down, nan=-9.0), along
