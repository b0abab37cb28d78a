# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures in which nobody could be seen: a covered lens, no light, too much of it."""

from __future__ import annotations

import numpy as np

_STEP = 8
"""Pixels: a picture's contrast shows in every eighth row and column of it."""
_FLAT = 2.0
"""Grey levels, one standard deviation: the noise of a sensor that sees nothing."""
_DARK, _FAINT = 12.0, 6.0
"""Grey levels: the mean and the standard deviation below which people are hardly found."""


def why_blind(image: np.ndarray) -> str:
    """Return why an image, uint8 [H, W, 3], shows nothing at all; "" where it shows something."""
    sample = image[::_STEP, ::_STEP]
    if float(sample.std(axis=(0, 1)).max()) > _FLAT:
        return ""
    level = float(sample.mean())
    shade = "black" if level < 32 else "white" if level > 223 else "one colour"
    return f"the picture is all {shade}: is the lens covered?"


def why_dim(image: np.ndarray) -> str:
    """Return why little may be seen in an image, uint8 [H, W, 3]; "" where there is light."""
    sample = image[::_STEP, ::_STEP]
    level, contrast = float(sample.mean()), float(sample.std(axis=(0, 1)).max())
    if level < _DARK:
        return f"the picture is nearly black ({level:.0f} of 255): exposure, mono16_scale?"
    if contrast < _FAINT:
        return f"the picture is nearly flat (contrast {contrast:.0f} of 255): lens, mono16_scale?"
    return ""
