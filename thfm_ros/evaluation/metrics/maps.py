# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of depth, normals and dense pose, over the pixels of a boolean mask."""

from __future__ import annotations

import numpy as np

NORMAL_THRESHOLDS_DEG = (11.25, 22.5, 30.0)
_MIN_DEPTH = 1e-3


def align_depth(predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> tuple[float, float]:
    """Least-squares scale and shift that bring predicted to true depth over all valid pixels.

    Over an image: DAViD's protocol; over a whole clip: one pair per video, as in VDA.
    """
    p, t = predicted[valid].astype(np.float64), truth[valid].astype(np.float64)
    if p.size < 2 or np.ptp(p) == 0:
        return 0.0, float(t.mean()) if t.size else 0.0
    (scale, shift), *_ = np.linalg.lstsq(np.stack([p, np.ones_like(p)], 1), t, rcond=None)
    return float(scale), float(shift)


def align_disparity(
    predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray
) -> tuple[float, float]:
    """Least-squares scale and shift of disparity, 1 / depth: VDA's protocol, one pair per video."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return align_depth(1 / predicted, 1 / truth, valid & (predicted > 0) & (truth > 0))


def depth_from_disparity(predicted: np.ndarray, scale: float, shift: float) -> np.ndarray:
    """Return the depth whose disparity is scale / predicted + shift, at least 0.001 (VDA)."""
    return 1 / np.maximum(scale / np.maximum(predicted, _MIN_DEPTH) + shift, _MIN_DEPTH)


def depth_errors(predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> dict[str, float]:
    """AbsRel, RMSE (unit of depth) and delta1 of depths that are already aligned (Eigen 2014)."""
    if not valid.any():
        return dict.fromkeys(("abs_rel", "rmse", "delta1"), float("nan"))
    p = np.maximum(predicted[valid].astype(np.float64), _MIN_DEPTH)
    t = truth[valid].astype(np.float64)
    ratio = np.maximum(p / t, t / p)
    return {
        "abs_rel": float((np.abs(p - t) / t).mean()),
        "rmse": float(np.sqrt(((p - t) ** 2).mean())),
        "delta1": float((ratio < 1.25).mean()),
    }


def aligned_depth_errors(
    predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray
) -> dict[str, float]:
    """Return `depth_errors` after `align_depth`: of an image, or of a whole clip under one pair."""
    scale, shift = align_depth(predicted, truth, valid)
    return depth_errors(scale * predicted + shift, truth, valid)


def normal_angles(predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Angles in degrees [N] between normals [..., 3] at the valid pixels, both made unit first."""
    p, t = (_unit(x[valid].astype(np.float64)) for x in (predicted, truth))
    return np.degrees(np.arccos(np.clip((p * t).sum(-1), -1, 1)))


def normal_errors(angles: np.ndarray) -> dict[str, float]:
    """Mean, median and share under 11.25, 22.5 and 30 degrees (DAViD, Hi4D tables)."""
    if not angles.size:
        names = ["mean_deg", "median_deg", *(f"under_{t:g}" for t in NORMAL_THRESHOLDS_DEG)]
        return dict.fromkeys(names, float("nan"))
    shares = {f"under_{t:g}": float((angles < t).mean()) for t in NORMAL_THRESHOLDS_DEG}
    return {"mean_deg": float(angles.mean()), "median_deg": float(np.median(angles)), **shares}


def dense_pose_error(predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray) -> float:
    """Mean absolute error of a canonical coordinate (1 = the body's longest extent).

    Not DensePose's geodesic GPS: that needs the SMPL mesh, which these weights do not know.
    """
    if not valid.any():
        return float("nan")
    return float(np.abs(predicted[valid] - truth[valid]).mean())


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
