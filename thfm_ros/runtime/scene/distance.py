# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far a stream's people are, over time: a distance that changes at a nearly steady rate."""

from __future__ import annotations

import math

import numpy as np

from thfm_ros.frame import NS_PER_S

_SIGMA = 0.1
"""Of what one frame tells, as a share of the distance."""
_RATE_SIGMA = 0.8
"""Of the first rate, shares of the distance a second: somebody 2 m away who walks at 1.6 m/s."""
_DRIFT = 0.5
"""How fast the rate wanders, per second and square root of a second."""
_CONTRADICTION = 16.0
"""Squared deviations at which a frame and the filter speak of different people."""
_FORGET_S = 2.0


class DistanceFilter:
    """A Kalman filter of the distance's logarithm and its rate; parameters chosen on split val.

    People who walk up or away are followed without lag; what contradicts it starts it anew.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what earlier frames said."""
        self._state: np.ndarray | None = None
        self._covariance = np.zeros((2, 2))
        self._seen_ns = 0

    def update(self, metres: float, stamp_ns: int) -> float:
        """Take what one frame tells, more than 0; return the filtered distance, metres."""
        log_distance, elapsed = math.log(metres), (stamp_ns - self._seen_ns) / NS_PER_S
        self._seen_ns = stamp_ns
        if (
            self._state is None
            or not 0 <= elapsed <= _FORGET_S
            or not self._take(log_distance, elapsed)
        ):
            self._state = np.array([log_distance, 0.0])
            self._covariance = np.diag([_SIGMA**2, _RATE_SIGMA**2])
        return math.exp(self._state[0])

    def _take(self, measured: float, elapsed: float) -> bool:
        """Predict and correct; False, and nothing is changed, where the two contradict."""
        step = np.array([[1.0, elapsed], [0.0, 1.0]])
        wander = np.array([[elapsed**3 / 3, elapsed**2 / 2], [elapsed**2 / 2, elapsed]])
        state = step @ self._state
        covariance = step @ self._covariance @ step.T + _DRIFT**2 * wander
        innovation, variance = measured - state[0], covariance[0, 0] + _SIGMA**2
        if innovation**2 > _CONTRADICTION * variance:
            return False
        gain = covariance[:, 0] / variance
        self._state = state + gain * innovation
        self._covariance = covariance - np.outer(gain, covariance[0])
        return True
