# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of 2D and 3D landmarks. Positions are [T, K, D]; `valid` [T, K] says which ones count."""

from __future__ import annotations

import numpy as np

_MIN_PROCRUSTES_POINTS = 4


def root_relative(points: np.ndarray, hips: tuple[int, int]) -> np.ndarray:
    """Subtract the pelvis, the mean of the two hips, in every frame (GVHMR/WHAM protocol)."""
    return points - points[..., list(hips), :].mean(-2, keepdims=True)


def mpjpe(predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> float:
    """Mean per-joint position error in the unit of the points; NaN where nothing is valid.

    Pass pelvis-aligned points (`root_relative`) for the metric that papers call MPJPE (Human3.6M).
    """
    return _mean(np.linalg.norm(predicted - truth, axis=-1), valid)


def procrustes_align(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Align one frame's points [K, D] by the best similarity: rotation, scale and translation.

    Closed form by SVD with det(R) = +1 (GVHMR/WHAM evaluation code; Umeyama 1991).
    """
    mean_p, mean_t = predicted.mean(0), truth.mean(0)
    p, t = predicted - mean_p, truth - mean_t
    u, singular, vt = np.linalg.svd(p.T @ t)
    sign = np.ones(len(singular))
    sign[-1] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * sign) @ vt
    scale = (singular * sign).sum() / max((p**2).sum(), 1e-12)
    return scale * p @ rotation + mean_t


def pa_mpjpe(predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> float:
    """MPJPE after a similarity alignment of every frame on its valid joints.

    Frames with fewer than four valid joints do not count.
    """
    errors = []
    for p, t, v in zip(predicted, truth, valid.astype(bool), strict=True):
        if v.sum() >= _MIN_PROCRUSTES_POINTS:
            aligned = procrustes_align(p[v], t[v])
            errors.append(np.linalg.norm(aligned - t[v], axis=-1).mean())
    return float(np.mean(errors)) if errors else float("nan")


def acceleration_error(
    predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray, rate_hz: float
) -> float:
    """Mean difference of the second time derivatives, in units per second squared.

    On pelvis-aligned joints; an invalid frame voids the three triples it touches (WHAM).
    """
    if len(predicted) < 3:
        return float("nan")
    error = np.linalg.norm(np.diff(predicted, 2, axis=0) - np.diff(truth, 2, axis=0), axis=-1)
    valid = valid.astype(bool)
    return _mean(error * rate_hz**2, valid[:-2] & valid[1:-1] & valid[2:])


def jitter(predicted: np.ndarray, rate_hz: float) -> float:
    """Mean third time derivative over 10, in 10 units per second cubed (WHAM); needs no truth."""
    if len(predicted) < 4:
        return float("nan")
    return float(np.linalg.norm(np.diff(predicted, 3, axis=0), axis=-1).mean() * rate_hz**3 / 10)


def pck(
    predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray, size: np.ndarray, tolerance: float
) -> float:
    """Percentage of correct keypoints, 0..1: within `tolerance` times the person box's longer edge.

    size: pixels, [T], the longer edge of the person's box (Yang & Ramanan; SAM 3D Body on COCO).
    """
    error = np.linalg.norm(predicted - truth, axis=-1)
    return _mean((error <= tolerance * np.asarray(size)[:, None]).astype(float), valid)


def object_keypoint_similarity(
    predicted: np.ndarray,
    truth: np.ndarray,
    valid: np.ndarray,
    area: np.ndarray,
    sigmas: np.ndarray,
) -> float:
    """Mean OKS, 0..1 (COCO): exp(-d^2 / (2 area (2 sigma)^2)) over valid joints, then frames.

    area: pixels^2 [T] of the person; sigmas: [K] per joint.
    """
    squared = ((predicted - truth) ** 2).sum(-1)
    spread = 2 * np.asarray(area)[:, None] * (2 * np.asarray(sigmas)) ** 2
    return _mean(np.exp(-squared / np.maximum(spread, 1e-12)), valid)


def _mean(values: np.ndarray, valid: np.ndarray) -> float:
    chosen = values[valid.astype(bool)]
    return float(chosen.mean()) if chosen.size else float("nan")
