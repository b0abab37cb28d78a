# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Maps as pictures: depth, normals, mask and dense pose as uint8 RGB for human eyes."""

from __future__ import annotations

import cv2
import numpy as np


def colour_depth(depth: np.ndarray) -> np.ndarray:
    """Colour depth [H, W] of any scale: near is warm, far is cold, unknown (NaN) is black.

    The range is the 2nd to the 98th percentile of this image.
    """
    known = np.isfinite(depth)
    if not known.any():
        return np.zeros((*depth.shape, 3), np.uint8)
    near, far = np.percentile(depth[known], (2, 98))
    nearness = (far - np.where(known, depth, far)) / max(far - near, 1e-6)
    grey = (nearness.clip(0, 1) * 255).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    colours[~known] = 0
    return colours


def colour_normals(normals: np.ndarray) -> np.ndarray:
    """Colour unit normals [H, W, 3] (optical frame): right is red, up is green, towards us is blue.

    These are the colours that most papers print. NaN is black.
    """
    return _bytes(normals * np.float32([0.5, -0.5, -0.5]) + np.float32(0.5))


def colour_mask(mask: np.ndarray) -> np.ndarray:
    """Paint a matte [H, W] in 0..1 as grey."""
    return np.repeat(_bytes(mask)[..., None], 3, axis=-1)


def colour_dense_pose(position: np.ndarray) -> np.ndarray:
    """Paint canonical body positions [H, W, 3] in 0..1 as RGB; NaN is black."""
    return _bytes(position)


def _bytes(values: np.ndarray) -> np.ndarray:
    return (np.nan_to_num(values, nan=0.0).clip(0, 1) * 255).astype(np.uint8)
