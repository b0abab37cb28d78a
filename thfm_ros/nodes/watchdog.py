# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A thread that looks after the others: it is blocked by nothing that blocks them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

LOOK_S = 0.05


class Watchdog:
    """Reports once in a period, and at once when what it looks at changes.

    look:   returns what must not go unnoticed; called every LOOK_S seconds, so it must be quick
    report: says everything
    failed: gets an exception of either; the watchdog goes on
    """

    def __init__(
        self,
        period_s: float,
        look: Callable[[], Hashable],
        report: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._period_s = period_s
        self._look, self._report, self._failed = look, report, failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; returns when nothing is reported any more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        seen, reported = None, -self._period_s
        while not self._stop.wait(LOOK_S):
            try:
                now, new = time.monotonic(), self._look()
                if new != seen or now - reported >= self._period_s:
                    seen, reported = new, now
                    self._report()
            except Exception as error:  # whoever watches must not die
                self._failed(error)
