# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of soft mattes in 0..1, [T, H, W] or [H, W] unless said otherwise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import ndimage

_GRADIENT_SIGMA = 1.4
_GRADIENT_REACH = 4
"""RVM cuts its filters where the Gaussian falls below 0.01."""
_CONNECTIVITY_STEP = 0.1
_CONNECTIVITY_THETA = 0.15


def iou(predicted: np.ndarray, truth: np.ndarray, threshold: float = 0.5) -> float:
    """Intersection over union of the binarised mattes (DAVIS region J); 1 when both are empty."""
    p, t = predicted > threshold, truth > threshold
    union = (p | t).sum()
    return float((p & t).sum() / union) if union else 1.0


def mse(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean squared error, unscaled (DAViD, GenCeption; RVM prints it times 1000)."""
    return float(((predicted - truth) ** 2).mean())


def mad(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute difference, unscaled (RVM prints it times 1000)."""
    return float(np.abs(predicted - truth).mean())


def sad(predicted: np.ndarray, truth: np.ndarray, where: np.ndarray | None = None) -> float:
    """Sum of absolute differences over 1000; `where` restricts it to a trimap's band (SAD-T)."""
    difference = np.abs(predicted - truth)
    return float((difference if where is None else difference[where]).sum() / 1000)


def gradient_error(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Squared difference of Gaussian gradient magnitudes (sigma 1.4), summed, over 1000, of [H, W].

    Rhemann et al. 2009 as in RVM's evaluation: mattes stretched to 0..1, filters of unit energy.
    """
    return float(((_gradient(predicted) - _gradient(truth)) ** 2).sum() / 1000)


def connectivity_error(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Connectivity error of [H, W], over 1000 (Rhemann et al. 2009; step 0.1, theta 0.15)."""
    levels = np.arange(0, 1 + _CONNECTIVITY_STEP, _CONNECTIVITY_STEP)
    connected = np.full(truth.shape, -1.0)
    for previous, level in pairwise(levels):
        both = (predicted >= level) & (truth >= level)
        lost = (connected < 0) & ~_largest_component(both)
        connected[lost] = previous
    connected[connected < 0] = 1
    gap_p, gap_t = predicted - connected, truth - connected
    kept_p = 1 - gap_p * (gap_p >= _CONNECTIVITY_THETA)
    kept_t = 1 - gap_t * (gap_t >= _CONNECTIVITY_THETA)
    return float(np.abs(kept_p - kept_t).sum() / 1000)


def dtssd(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Root mean squared error of the change between frames, times 100 (RVM), of [T, H, W]."""
    if len(predicted) < 2:
        return float("nan")
    error = np.diff(predicted, axis=0) - np.diff(truth, axis=0)
    return float(100 * np.sqrt((error**2).mean((1, 2))).mean())


def _gradient(matte: np.ndarray) -> np.ndarray:
    matte = matte.astype(np.float64) - matte.min()
    matte /= max(matte.max(), 1e-12)
    at = np.arange(-_GRADIENT_REACH, _GRADIENT_REACH + 1)
    smooth = np.exp(-(at**2) / (2 * _GRADIENT_SIGMA**2))
    slope = at * smooth
    energy = np.linalg.norm(np.outer(smooth, slope))
    across, down = (
        ndimage.correlate1d(
            ndimage.correlate1d(matte, slope, axis, mode="nearest"), smooth, other, mode="nearest"
        )
        for axis, other in ((1, 0), (0, 1))
    )
    return np.hypot(across, down) / energy


def _largest_component(where: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(where)
    if not count:
        return np.zeros_like(where)
    sizes = ndimage.sum(where, labels, range(1, count + 1))
    return labels == 1 + int(np.argmax(sizes))
