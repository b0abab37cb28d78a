# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Medians of few numbers, many times per frame: NumPy's own spend their time on generality."""

from __future__ import annotations

import numpy as np

_NORMAL = 1.4826
"""A normal distribution's standard deviation over the median of its absolute values."""


def median(values: np.ndarray) -> float:
    """Return the median of numbers [N], none of them NaN, N > 0."""
    ordered, middle = np.sort(values), len(values) // 2
    return float(0.5 * (ordered[middle] + ordered[-1 - middle]))


def row_medians(values: np.ndarray) -> np.ndarray:
    """Return the median of each row's finite numbers [N, M] -> [N]; NaN where there is none."""
    known = np.isfinite(values)
    # NaN is sorted to the end.
    ordered, known = np.sort(np.where(known, values, np.nan), axis=1), known.sum(1)
    rows = np.arange(len(values))
    return 0.5 * (ordered[rows, np.maximum(known - 1, 0) // 2] + ordered[rows, known // 2])


def noise_of(residual: np.ndarray, least: float) -> float:
    """Return the standard deviation of which absolute residuals [N] tell, outliers aside."""
    return max(_NORMAL * median(residual), least)
