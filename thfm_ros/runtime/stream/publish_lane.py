# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A thread that hands results on, so that nothing that takes long there holds up who made them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class PublishLane:
    """Hands results on in their order, on a thread of its own; at most one of them waits.

    hand_on: gets each result; must not raise
    patient: True = `put` waits for the result before; False = a result that still waits when a
             newer one comes is left out
    """

    def __init__(self, hand_on: Callable[[Any], None], patient: bool) -> None:
        self._hand_on, self._patient = hand_on, patient
        self._changed = threading.Condition()
        self._waiting: list[Any] = []
        self._busy = self._closed = False
        self._thread = threading.Thread(target=self._run, name="publish", daemon=True)
        self._thread.start()

    def put(self, result: Any) -> int:
        """Give a result; return how many older ones are left out for it."""
        with self._changed:
            if self._patient:
                self._changed.wait_for(lambda: not self._busy and not self._waiting)
            left_out = len(self._waiting)
            self._waiting = [result]
            self._changed.notify_all()
        return left_out

    def close(self) -> None:
        """Hand on what waits, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                (result,), self._waiting, self._busy = self._waiting, [], True
            self._hand_on(result)
