# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a perception says of itself, without ground truth: steady, seamless, of one piece."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from thfm_ros.evaluation.metrics import agreement, skeletons, temporal
from thfm_ros.frame import Frame
from thfm_ros.perception import LandmarkState, Perception

_REACH = 0.05
_BOX_MARGIN = 0.1
_MIN_JITTER_FRAMES = 4


def agreement_row(
    frame: Frame, perception: Perception, ratio: np.ndarray | None
) -> dict[str, float]:
    """Compare the outputs for one frame with one another; ratio: depth up to a scale, or None."""
    row = {"people_per_frame": float(len(perception.people))}
    row.update(_mean_of(_reprojection(frame, person) for person in perception.people))
    mask, people = perception.mask, perception.people
    if mask is not None and people:
        shares = [_in_mask(person, mask) for person in people]
        row["landmarks_in_mask"] = _mean(shares)
        row["mask_in_boxes"] = agreement.mask_in_boxes(mask, np.array([_roomy(p) for p in people]))
    depth = perception.depth if perception.depth is not None else ratio
    if depth is not None and perception.normals is not None and frame.intrinsics is not None:
        row["depth_normal_deg"] = agreement.depth_normal_angle(
            depth, perception.normals, frame.intrinsics
        )
    return row


def change_row(
    flow: temporal.Flow,
    before: tuple[Perception, np.ndarray | None],
    after: tuple[Perception, np.ndarray | None],
) -> dict[str, float]:
    """Compare two neighbouring frames' maps along the optical flow between their images."""
    row = {}
    (old, old_ratio), (new, new_ratio) = before, after
    if old.mask is not None and new.mask is not None:
        row["mask_warp"] = temporal.warping_error(flow, old.mask, new.mask)
    if old_ratio is not None and new_ratio is not None:
        row["depth_warp"] = temporal.relative_warping_error(flow, old_ratio, new_ratio)
    if old.normals is not None and new.normals is not None:
        row["normals_warp_deg"] = temporal.warping_angle(flow, old.normals, new.normals)
    return row


class Tracks:
    """The landmarks of everybody who can be followed, for jitter."""

    def __init__(self) -> None:
        self._tracks: dict[str, list[tuple[int, np.ndarray, np.ndarray]]] = defaultdict(list)

    def add(self, index: int, perception: Perception) -> None:
        """Take one frame. Somebody without an id is followed while alone."""
        people = perception.people
        for person in people:
            if person.id or len(people) == 1:
                size = max(*person.box[2:], 1)
                self._tracks[person.id].append((index, person.relative, person.pixels / size))

    def metrics(self, rate_hz: float) -> dict[str, float]:
        """Return the jitter of 3D and 2D landmarks over all unbroken stretches of all tracks."""
        space, flat = [], []
        for track in self._tracks.values():
            frames = np.array([index for index, _, _ in track])
            for part in np.split(np.arange(len(track)), np.nonzero(np.diff(frames) != 1)[0] + 1):
                relative = np.stack([track[i][1] for i in part])
                pixels = np.stack([track[i][2] for i in part])
                if len(part) >= _MIN_JITTER_FRAMES:
                    space.append((_jitter(relative, rate_hz), len(part)))
                    flat.append((_shake(pixels), len(part)))
        return {"jitter_10m_s3": _weighted(space), "jitter_2d_percent": 100 * _weighted(flat)}


def _jitter(points: np.ndarray, rate_hz: float) -> float:
    steady = np.isfinite(points).all((0, 2))
    return skeletons.jitter(points[:, steady], rate_hz) if steady.any() else float("nan")


def _shake(pixels: np.ndarray) -> float:
    shake = np.linalg.norm(np.diff(pixels, 2, axis=0), axis=-1)
    return float(shake[np.isfinite(shake)].mean()) if np.isfinite(shake).any() else float("nan")


def _reprojection(frame: Frame, person) -> dict[str, float]:
    if frame.intrinsics is None:
        return {}
    error = agreement.reprojection_error(person.relative, person.pixels, frame.intrinsics)
    size = max(*person.box[2:], 1)
    return {"reprojection_px": error, "reprojection_percent": 100 * error / size}


def _in_mask(person, mask: np.ndarray) -> float:
    visible = person.state == LandmarkState.VISIBLE
    visible &= np.isfinite(person.pixels).all(-1)
    return agreement.landmarks_in_mask(person.pixels[visible], mask, _REACH * max(person.box[2:]))


def _roomy(person) -> tuple[float, float, float, float]:
    x, y, width, height = person.box
    margin = _BOX_MARGIN * max(width, height)
    return x - margin, y - margin, width + 2 * margin, height + 2 * margin


def _mean_of(rows) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            values[name].append(value)
    return {name: _mean(found) for name, found in values.items()}


def _mean(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def _weighted(pairs: list[tuple[float, int]]) -> float:
    known = [(value, weight) for value, weight in pairs if np.isfinite(value)]
    if not known:
        return float("nan")
    values, weights = zip(*known, strict=True)
    return float(np.average(values, weights=weights))
