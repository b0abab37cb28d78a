# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Relative depth to metres: metres = scale * ratio + shift, fitted to anchors of known distance.

`ratio` is depth over the clip's median, what a checkpoint's depth code decodes to; there a scale is
all that is missing, and a shift mends what the network bends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.frame import NS_PER_S
from thfm_ros.perception import LandmarkState, MetricDepth, Person
from thfm_ros.runtime.scene.distance import DistanceFilter
from thfm_ros.runtime.scene.robust import median, noise_of, row_medians

ALIGNMENTS = ("keypoints", "sensor", "fixed", "none")
MIN_ANCHORS = 6
_MAX_SENSOR_ANCHORS = 800
_SENSOR_SIGMA_M = 0.03
_SHIFT_SHARE = 0.1
"""How large a shift may be, as a share of the anchors' distance (one standard deviation)."""
_ITERATIONS = 8
_HUBER = 1.5
_MIN_NOISE_M = 0.02
_DRIFT = 0.1
"""How fast scale and shift wander, as a share of the scale per square root of a second."""
_HOLD_S = 0.5
_FORGET_S = 2.0
_CONTRADICTION = 16.0
"""Squared Mahalanobis distance at which a fit and the filter speak of different scenes."""
_WORST_CONDITION = 1e12
_NEIGHBOURS = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])

_BEHIND_SURFACE_M = {
    "shoulder": 0.085,
    "elbow": 0.06,
    "wrist": 0.03,
    "hip": 0.10,
    "knee": 0.075,
    "ankle": 0.055,
    "heel": 0.025,
    "foot_index": 0.025,
    "pinky": 0.012,
    "index": 0.015,
    "thumb": 0.017,
}
SURFACE_OFFSET_M = np.array(
    [
        _BEHIND_SURFACE_M.get(name.removeprefix("left_").removeprefix("right_"), 0.005)
        for name in skeleton.LANDMARKS
    ]
)
"""How far a landmark lies behind the skin that is seen: medians over synthetic people, metres."""


@dataclass(frozen=True)
class AlignmentPolicy:
    """How relative depth becomes metres.

    source:         "keypoints" (the distance that the person's token tells, or else where the
                    landmarks are), "sensor", "fixed" (scale and shift below) or "none"
    max_residual_m: metres; a worse fit to landmarks or to a sensor is withheld
    """

    source: str = "keypoints"
    fixed_scale: float = 1.0
    fixed_shift: float = 0.0
    max_residual_m: float = 0.25

    def __post_init__(self) -> None:
        if self.source not in ALIGNMENTS:
            raise ValueError(f"depth.alignment is {self.source!r}, allowed is one of {ALIGNMENTS}")
        for name in ("fixed_scale", "max_residual_m"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"depth.{name} is {value}, allowed is more than 0")
        if not math.isfinite(self.fixed_shift):
            raise ValueError(f"depth.fixed_shift is {self.fixed_shift}, allowed is finite")


@dataclass(frozen=True)
class Anchors:
    """Points whose depth is known both ways: ratio [N], metres [N] and its sigma [N]."""

    ratio: np.ndarray
    metres: np.ndarray
    sigma: np.ndarray


@dataclass(frozen=True)
class AlignmentFit:
    """One frame's scale and shift [2], their covariance [2, 2], RMS residual in metres."""

    values: np.ndarray
    covariance: np.ndarray
    residual: float
    anchors: int


def anchors_from_people(ratio: np.ndarray, people: tuple[Person, ...]) -> Anchors:
    """Take the depth of visible landmarks: ratio [H, W] at their pixels, and their metres."""
    found, metres, sigma = [np.empty(0)], [np.empty(0)], [np.empty(0)]
    for person in people:
        if person.metric is None or not person.seen:
            continue
        visible = (person.state == LandmarkState.VISIBLE) & np.isfinite(person.metric).all(-1)
        values = np.full(len(visible), np.nan)
        values[visible] = _around(ratio, person.pixels[visible])
        known = np.isfinite(values)
        found.append(values[known])
        metres.append(person.metric[known, 2] - SURFACE_OFFSET_M[known])
        sigma.append(person.sigma[known])
    return Anchors(*map(np.concatenate, (found, metres, sigma)))


def anchors_from_sensor(ratio: np.ndarray, sensor: np.ndarray) -> Anchors:
    """Take a regular sample of where ratio [H, W] and sensor [H, W] (metres) are both known."""
    known = np.isfinite(ratio) & np.isfinite(sensor) & (sensor > 0)
    rows, columns = np.nonzero(known)
    step = max(1, len(rows) // _MAX_SENSOR_ANCHORS)
    at = rows[::step], columns[::step]
    metres = sensor[at].astype(np.float64)
    return Anchors(ratio[at].astype(np.float64), metres, np.full(len(metres), _SENSOR_SIGMA_M))


def fit_alignment(anchors: Anchors) -> AlignmentFit | None:
    """Fit scale and shift robustly (Huber); None when the anchors do not determine them.

    A shift is held near 0 by what depth codes mean: few anchors at one distance would otherwise
    trade any shift for any scale.
    """
    count = len(anchors.ratio)
    if count < MIN_ANCHORS:
        return None
    system = np.stack((anchors.ratio, np.ones(count)), -1)
    distance = median(anchors.metres)
    prior = np.diag((0.0, (_SHIFT_SHARE * distance) ** -2))
    trust = (anchors.sigma.min() / anchors.sigma) ** 2
    weight, noise = trust, distance
    for _ in range(_ITERATIONS):
        information = system.T @ (weight[:, None] * system) / noise**2 + prior
        # An upper bound of the condition number, within a factor of 4.
        if not np.trace(information) ** 2 < _WORST_CONDITION * np.linalg.det(information):
            return None
        target = system.T @ (weight * anchors.metres) / noise**2
        values = np.linalg.solve(information, target)
        residual = np.abs(anchors.metres - system @ values)
        noise = noise_of(residual, _MIN_NOISE_M)
        weight = trust / np.maximum(residual / (_HUBER * noise), 1.0)
    # What all anchors of a person share, the person's own uncertainty, no number of them averages.
    common = median(anchors.sigma / anchors.metres)
    covariance = np.linalg.inv(information) + common**2 * np.outer(values, values)
    rms = math.sqrt(float((weight * residual**2).sum() / weight.sum()))
    return AlignmentFit(values, covariance, rms, count)


class DepthAligner:
    """Turns one stream's relative depth into metres, over time.

    Where the network tells how far people are, that is the scale. Else a Kalman filter holds scale
    and shift of fits as a slow random walk; a fit that contradicts it starts it anew. The last of
    either holds for half a second.
    """

    def __init__(self, policy: AlignmentPolicy) -> None:
        self.policy = policy
        self.reset()

    def reset(self) -> None:
        """Forget what earlier frames said."""
        self._distance = DistanceFilter()
        self._values: np.ndarray | None = None
        self._covariance = np.zeros((2, 2))
        self._seen_ns = 0

    def align(
        self,
        ratio: np.ndarray,
        people: tuple[Person, ...],
        sensor: np.ndarray | None,
        stamp_ns: int,
        predicted_distance: float | None = None,
    ) -> tuple[np.ndarray | None, MetricDepth]:
        """Return metres [H, W] (None = withheld) and how they came about.

        ratio:  depth / median [H, W], NaN where unknown
        sensor: metres [H, W] of a depth camera registered to the image, or None
        predicted_distance: metres to the people's median, by the network; None = it predicts none
        """
        policy = self.policy
        if policy.source == "none":
            return None, MetricDepth(math.nan, math.nan, math.nan, 0, "none")
        if policy.source == "fixed":
            metric = MetricDepth(policy.fixed_scale, policy.fixed_shift, math.nan, 0, "parameter")
            return metres(ratio, metric), metric
        fit = self._fit(ratio, people, sensor)
        good = fit is not None and fit.values[0] > 0 and fit.residual <= policy.max_residual_m
        if policy.source == "keypoints" and predicted_distance is not None:
            good = True
            self._follow_prediction(predicted_distance, stamp_ns)
        elif good:
            self._update(fit, stamp_ns)
        residual, count = (fit.residual, fit.anchors) if fit else (math.nan, 0)
        held = (stamp_ns - self._seen_ns) / NS_PER_S <= _HOLD_S
        if self._values is None or not (good or held):
            return None, MetricDepth(math.nan, math.nan, residual, count, "none")
        metric = MetricDepth(*map(float, self._values), residual, count, policy.source)
        return metres(ratio, metric), metric

    def _fit(self, ratio, people, sensor) -> AlignmentFit | None:
        if self.policy.source == "keypoints":
            return fit_alignment(anchors_from_people(ratio, people))
        return None if sensor is None else fit_alignment(anchors_from_sensor(ratio, sensor))

    def _follow_prediction(self, predicted_distance: float, stamp_ns: int) -> None:
        metres = self._distance.update(predicted_distance, stamp_ns)
        self._values, self._covariance = np.array([metres, 0.0]), np.diag([metres**2, metres**2])
        self._seen_ns = stamp_ns

    def _update(self, fit: AlignmentFit, stamp_ns: int) -> None:
        elapsed = (stamp_ns - self._seen_ns) / NS_PER_S
        self._seen_ns = stamp_ns
        if self._values is not None and 0 <= elapsed <= _FORGET_S:
            drift = (_DRIFT * self._values[0]) ** 2 * elapsed
            predicted = self._covariance + drift * np.eye(2)
            innovation = fit.values - self._values
            total = predicted + fit.covariance
            if innovation @ np.linalg.solve(total, innovation) < _CONTRADICTION:
                gain = predicted @ np.linalg.inv(total)
                self._values = self._values + gain @ innovation
                self._covariance = predicted - gain @ predicted
                return
        self._values, self._covariance = fit.values, fit.covariance


def metres(ratio: np.ndarray, metric: MetricDepth) -> np.ndarray:
    """Apply scale and shift to ratio [H, W]; what would lie behind the camera is NaN."""
    depth = (metric.scale * ratio + metric.shift).astype(np.float32, copy=False)
    depth[depth <= 0] = np.nan
    return depth


def _around(values: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return the median [N] of the known values [H, W] in the 3x3 around each of pixels [N, 2]."""
    columns, rows = np.moveaxis(np.rint(pixels).astype(int)[:, None] + _NEIGHBOURS, -1, 0)
    height, width = values.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    patches = values[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    return row_medians(np.where(inside, patches, np.nan))
