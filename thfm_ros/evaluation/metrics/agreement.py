# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Do the outputs for one frame tell of the same person? No ground truth needed."""

from __future__ import annotations

import cv2
import numpy as np

from thfm_ros.camera import Intrinsics

_MIN_POINTS = 6
_DEPTH_STEP = 0.05
"""Neighbours whose depths differ by a larger share lie on two surfaces."""


def fit_translation(relative: np.ndarray, pixels: np.ndarray, camera: Intrinsics) -> np.ndarray:
    """Least-squares translation [3] that carries relative points [N, 3] (metres) to pixels [N, 2].

    Linear: u (Z + tz) = X + tx for each coordinate u of a pixel's ray, distortion undone.
    """
    u, v = camera.rays(pixels).T
    one, zero = np.ones_like(u), np.zeros_like(u)
    left = np.concatenate([np.stack([one, zero, -u], 1), np.stack([zero, one, -v], 1)])
    right = np.concatenate(
        [u * relative[:, 2] - relative[:, 0], v * relative[:, 2] - relative[:, 1]]
    )
    return np.linalg.lstsq(left, right, rcond=None)[0]


def reprojection_error(relative: np.ndarray, pixels: np.ndarray, camera: Intrinsics) -> float:
    """Mean distance in pixels between 2D landmarks and the projected 3D ones, [33, 2] and [33, 3].

    The root's place is fitted, so that only poses that contradict one another cost. NaN below six
    landmarks or when the fit puts the person behind the camera.
    """
    known = np.isfinite(camera.rays(pixels)).all(-1) & np.isfinite(relative).all(-1)
    if known.sum() < _MIN_POINTS:
        return float("nan")
    points, seen = relative[known].astype(np.float64), pixels[known].astype(np.float64)
    points = points + fit_translation(points, seen, camera)
    if points[:, 2].min() <= 0:
        return float("nan")
    away = np.linalg.norm(camera.project(points) - seen, axis=-1)
    return float(np.nanmean(away)) if np.isfinite(away).any() else float("nan")


def landmarks_in_mask(pixels: np.ndarray, mask: np.ndarray, reach: float) -> float:
    """Share of landmarks [N, 2] (pixels, inside the image) at most `reach` pixels off the mask.

    mask: matte [H, W] in 0..1, person from 0.5 on
    """
    if not len(pixels):
        return float("nan")
    outside = (mask < 0.5).astype(np.uint8)
    far = outside.all()
    away = np.full(mask.shape, np.inf) if far else cv2.distanceTransform(outside, cv2.DIST_L2, 5)
    columns, rows = np.round(pixels).astype(int).T
    rows, columns = rows.clip(0, mask.shape[0] - 1), columns.clip(0, mask.shape[1] - 1)
    return float((away[rows, columns] <= reach).mean())


def mask_in_boxes(mask: np.ndarray, boxes: np.ndarray) -> float:
    """Share of the mask [H, W] that lies in the people's boxes [N, 4] (x, y, width, height)."""
    person = mask >= 0.5
    if not person.any():
        return float("nan")
    covered = np.zeros_like(person)
    for x, y, width, height in np.asarray(boxes, dtype=int).reshape(-1, 4):
        covered[max(y, 0) : y + height, max(x, 0) : x + width] = True
    return float((person & covered).sum() / person.sum())


def normals_from_depth(depth: np.ndarray, camera: Intrinsics) -> np.ndarray:
    """Unit normals [H, W, 3] of back-projected depth [H, W], towards the camera; NaN at edges.

    Central differences; a scale of depth does not change them, a shift does.
    """
    points = camera.back_project(depth.astype(np.float64))
    normals = np.full((*depth.shape, 3), np.nan)
    across = points[1:-1, 2:] - points[1:-1, :-2]
    down = points[2:, 1:-1] - points[:-2, 1:-1]
    cross = np.cross(down, across)
    length = np.linalg.norm(cross, axis=-1, keepdims=True)
    inner = cross / np.where(length > 0, length, np.nan)
    middle = depth[1:-1, 1:-1]
    step = np.maximum(np.abs(across[..., 2]), np.abs(down[..., 2])) / 2
    inner[~(step <= _DEPTH_STEP * np.abs(middle))] = np.nan
    normals[1:-1, 1:-1] = inner
    return normals


def depth_normal_angle(depth: np.ndarray, normals: np.ndarray, camera: Intrinsics) -> float:
    """Mean angle in degrees between predicted normals [H, W, 3] and those of predicted depth.

    Over pixels where both are known.
    """
    derived = normals_from_depth(depth, camera)
    cosine = (derived * normals).sum(-1)
    known = np.isfinite(cosine)
    if not known.any():
        return float("nan")
    return float(np.degrees(np.arccos(np.clip(cosine[known], -1, 1))).mean())
