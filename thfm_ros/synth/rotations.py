# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rotation matrices that scipy does not spell as briefly."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation


def aligning(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the smallest rotation [3, 3] that turns direction `source` into `target`."""
    source = source / np.linalg.norm(source)
    target = target / np.linalg.norm(target)
    axis, cosine = np.cross(source, target), source @ target
    if cosine < -0.9999:
        return Rotation.from_rotvec([np.pi, 0, 0]).as_matrix()
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1 + cosine)


def euler(axes: str, angles: np.ndarray) -> np.ndarray:
    """Return rotations [..., 3, 3] about fixed axes; angles [...] for one, [..., 3] for three."""
    angles = np.asarray(angles, dtype=float)
    shape = angles.shape if len(axes) == 1 else angles.shape[:-1]
    columns = angles.reshape(-1, len(axes))
    return Rotation.from_euler(axes, columns).as_matrix().reshape(*shape, 3, 3)


def yaw(angle: float) -> np.ndarray:
    """Return the rotation [3, 3] about the vertical."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
