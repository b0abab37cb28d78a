# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Intrinsics of a camera whose points are known in space and in the image."""

from __future__ import annotations

import numpy as np

from thfm_ros.camera import Intrinsics


def fit_pinhole(positions: np.ndarray, pixels: np.ndarray, size: tuple[int, int]) -> Intrinsics:
    """Least-squares fx, cx and fy, cy that carry points [N, 3] (camera frame) to pixels [N, 2]."""
    rays = positions[:, :2] / positions[:, 2:]
    one = np.ones(len(rays))
    fx, cx = np.linalg.lstsq(np.stack([rays[:, 0], one], 1), pixels[:, 0], rcond=None)[0]
    fy, cy = np.linalg.lstsq(np.stack([rays[:, 1], one], 1), pixels[:, 1], rcond=None)[0]
    return Intrinsics(fx, fy, cx, cy, *size)
