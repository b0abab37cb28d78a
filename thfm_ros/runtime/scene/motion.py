# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A constant-velocity Kalman filter for where people walk."""

from __future__ import annotations

import numpy as np

SIGHTING_SIGMA = 0.05
"""Metres: how well one sighting says where a person is, across the view."""
ACCELERATION = 3.0
"""Metres per square second: how people start and stop."""


class Motion:
    """A point's position and velocity [D]; its axes are alike and share one covariance."""

    def __init__(self, position: np.ndarray) -> None:
        self._state = np.stack((position, np.zeros_like(position))).astype(np.float64)
        self._covariance = np.diag((SIGHTING_SIGMA**2, 1.0))

    @property
    def position(self) -> np.ndarray:
        """Where the point is, metres [D]."""
        return self._state[0]

    @property
    def velocity(self) -> np.ndarray:
        """How it moves, metres per second [D]."""
        return self._state[1]

    @property
    def sigma(self) -> float:
        """One standard deviation of the position, metres."""
        return float(np.sqrt(self._covariance[0, 0]))

    def predict(self, elapsed: float) -> None:
        """Move on by so many seconds."""
        step = np.array(((1.0, elapsed), (0.0, 1.0)))
        push = np.array((0.5 * elapsed**2, elapsed)) * ACCELERATION
        self._state = step @ self._state
        self._covariance = step @ self._covariance @ step.T + np.outer(push, push)

    def correct(self, position: np.ndarray, sigma: float) -> None:
        """Take in where the point was seen, and how sure that is."""
        gain = self._covariance[:, 0] / (self._covariance[0, 0] + sigma**2)
        self._state = self._state + np.outer(gain, position - self._state[0])
        self._covariance = self._covariance - np.outer(gain, self._covariance[0])

    def rescale(self, factor: float) -> None:
        """Measure in another unit."""
        self._state = self._state * factor
