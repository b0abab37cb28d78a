# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each kind of sentence at most once in a while: rclpy's own throttle goes by the line of code."""

from __future__ import annotations

import re
import time

_REMEMBERED = 256


class Throttle:
    """Says whether a sentence is due; sentences that differ in numbers only are of one kind."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._said: dict[str, float] = {}

    def due(self, text: str) -> bool:
        """Whether nothing of this kind was said within the period; then it counts as said."""
        kind, now = re.sub(r"\d+", "#", text), time.monotonic()
        if now - self._said.get(kind, -self._period_s) < self._period_s:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[kind] = now
        return True
