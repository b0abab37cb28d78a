# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a stream's stamps tell about it: its rate, lost frames, pauses and jumps."""

from __future__ import annotations

from collections import deque
from statistics import median

from thfm_ros.frame import NS_PER_S

_REMEMBERED = 16
_ENOUGH = 8
_PAUSE_S = 0.5
"""Whoever starts anew is silent for longer; transport loses frames one by one."""
_PAUSE_FRAMES = 3.5


class Cadence:
    """Watches stamps in the order in which frames arrive.

    lost:   frames that short gaps between stamps show to be missing
    pauses: how often the stream paused or its stamps jumped; last_pause says how
    """

    def __init__(self) -> None:
        self._intervals: deque[int] = deque(maxlen=_REMEMBERED)
        self._last_ns = 0
        self._last_arrival = 0.0
        self._gap = 0
        self.lost = 0
        self.pauses = 0
        self.last_pause = ""

    def observe(self, stamp_ns: int, arrival_s: float) -> None:
        """Note a frame's stamp, and when it arrived on a steady clock (seconds).

        Repeated stamps and small steps back are other people's business.
        """
        interval, waited = stamp_ns - self._last_ns, arrival_s - self._last_arrival
        known = self._last_ns > 0
        if known and -_PAUSE_S * NS_PER_S < interval <= 0:
            return
        self._last_ns, self._last_arrival = stamp_ns, arrival_s
        if not known:
            return
        usual = median(self._intervals) if len(self._intervals) >= _ENOUGH else 0
        # A gap like the one before is no pause but the rate of a slow camera.
        longest = max(_PAUSE_S * NS_PER_S, _PAUSE_FRAMES * usual, 2 * self._gap)
        self._gap = interval if interval > _PAUSE_S * NS_PER_S else 0
        if not 0 < interval <= longest:
            self._pause(interval / NS_PER_S, waited)
            return
        if usual:
            self.lost += max(0, round(interval / usual) - 1)
        self._intervals.append(interval)

    @property
    def rate_hz(self) -> float:
        """Frames per second by the median interval of the stamps; 0 while unknown."""
        return NS_PER_S / median(self._intervals) if self._intervals else 0.0

    def _pause(self, stamps_s: float, waited_s: float) -> None:
        self.pauses += 1
        # It may go on at another rate.
        self._intervals.clear()
        # A camera that starts anew waits as long as its stamps say, or longer.
        if 0 < stamps_s < 2 * waited_s + _PAUSE_S:
            self.last_pause = f"they paused for {waited_s:.1f} s"
        else:
            self.last_pause = f"their stamps jumped by {stamps_s:+.1f} s"
