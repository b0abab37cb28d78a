# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Maps of one frame against true maps; and depth over a whole recording."""

from __future__ import annotations

import numpy as np

from thfm_ros.evaluation.metrics import maps, mattes
from thfm_ros.evaluation.truth import Truth
from thfm_ros.perception import Perception

_SAMPLE = 1024
"""Pixels of a frame that the recording's depth alignment rests on."""


def mask_row(perception: Perception, truth: Truth) -> dict[str, float]:
    """Score the matte of one frame."""
    if perception.mask is None or truth.mask is None:
        return {}
    pair = perception.mask, truth.mask
    return {
        "mask_iou": mattes.iou(*pair),
        "mask_mse": mattes.mse(*pair),
        "mask_mad": mattes.mad(*pair),
        "mask_sad": mattes.sad(*pair),
        "mask_grad": mattes.gradient_error(*pair),
        "mask_conn": mattes.connectivity_error(*pair),
    }


def normals_row(perception: Perception, truth: Truth) -> dict[str, float]:
    """Score the normals of one frame, on the true person."""
    if perception.normals is None or truth.normals is None:
        return {}
    valid = on_people(truth) & np.isfinite(truth.normals).all(-1)
    both = valid & np.isfinite(perception.normals).all(-1)
    errors = maps.normal_errors(maps.normal_angles(perception.normals, truth.normals, both))
    row = {f"normals_{name}": value for name, value in errors.items()}
    return {**row, "normals_coverage": _share(both, valid)}


def dense_pose_row(perception: Perception, truth: Truth) -> dict[str, float]:
    """Score the dense pose of one frame, on the true person."""
    if perception.dense_pose is None or truth.dense_pose is None:
        return {}
    valid = on_people(truth) & np.isfinite(truth.dense_pose).all(-1)
    both = valid & np.isfinite(perception.dense_pose).all(-1)
    error = maps.dense_pose_error(perception.dense_pose, truth.dense_pose, both)
    return {"dense_pose_error": error, "dense_pose_coverage": _share(both, valid)}


def depth_row(
    ratio: np.ndarray | None, metres: np.ndarray | None, truth: Truth
) -> dict[str, float]:
    """Score one frame's depth on people: relative depth (ratio) aligned, metres as they are."""
    row: dict[str, float] = {}
    if truth.depth is None:
        return row
    valid = on_people(truth) & np.isfinite(truth.depth)
    if ratio is not None:
        both = valid & np.isfinite(ratio)
        row.update(_named("depth", maps.aligned_depth_errors(ratio, truth.depth, both)))
        row["depth_coverage"] = _share(both, valid)
    if metres is not None:
        both = valid & np.isfinite(metres)
        row.update(_named("depth_metric", maps.depth_errors(metres, truth.depth, both)))
    return row


class VideoDepth:
    """Depth under one scale and shift for the whole recording, from a regular sample of pixels."""

    def __init__(self) -> None:
        self._frames: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, ratio: np.ndarray | None, truth: Truth) -> None:
        """Take one frame's pixels on people."""
        if ratio is None or truth.depth is None:
            return
        both = on_people(truth) & np.isfinite(truth.depth) & np.isfinite(ratio)
        predicted, true = ratio[both], truth.depth[both]
        if len(true):
            chosen = np.linspace(0, len(true) - 1, min(_SAMPLE, len(true))).astype(int)
            self._frames.append((predicted[chosen].astype(np.float64), true[chosen]))

    def metrics(self) -> dict[str, float]:
        """Return the mean over frames of the errors after the one alignment."""
        if not self._frames:
            return {}
        predicted, true = (np.concatenate(part) for part in zip(*self._frames, strict=True))
        scale, shift = maps.align_disparity(predicted, true, np.ones(len(true), bool))
        rows = []
        for ratio, depth in self._frames:
            aligned = maps.depth_from_disparity(ratio, scale, shift)
            rows.append(maps.depth_errors(aligned, depth, np.ones(len(depth), bool)))
        means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        return _named("depth_video", means)


def on_people(truth: Truth) -> np.ndarray:
    """Return where people are, bool [H, W]; everywhere when no mask is known."""
    if truth.mask is not None:
        return truth.mask > 0.5
    known = truth.depth if truth.depth is not None else truth.normals
    known = known if known is not None else truth.dense_pose
    return np.ones(known.shape[:2], bool)


def _named(prefix: str, errors: dict[str, float]) -> dict[str, float]:
    names = {"abs_rel": "absrel", "rmse": "rmse_m", "delta1": "delta1"}
    return {f"{prefix}_{names[name]}": value for name, value in errors.items()}


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")
