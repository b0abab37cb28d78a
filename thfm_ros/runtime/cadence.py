# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a stream's stamps tell about it: its rate, and frames that were lost on the way."""

from __future__ import annotations

from collections import deque
from statistics import median

_NS = 1_000_000_000
_REMEMBERED = 64
_ENOUGH = 8
_PAUSE_S = 5.0


class Cadence:
    """Watches stamps in the order in which frames arrive."""

    def __init__(self) -> None:
        self._intervals: deque[int] = deque(maxlen=_REMEMBERED)
        self._last_ns = 0
        self.lost = 0

    def observe(self, stamp_ns: int) -> None:
        """Note a frame's stamp. Steps back and pauses of seconds are no loss."""
        interval = stamp_ns - self._last_ns
        known = self._last_ns > 0
        self._last_ns = stamp_ns
        if not known or not 0 < interval < _PAUSE_S * _NS:
            return
        if len(self._intervals) >= _ENOUGH:
            self.lost += max(0, round(interval / median(self._intervals)) - 1)
        self._intervals.append(interval)

    @property
    def rate_hz(self) -> float:
        """Frames per second by the median interval of the stamps; 0 while unknown."""
        return _NS / median(self._intervals) if self._intervals else 0.0
