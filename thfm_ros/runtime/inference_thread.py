# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one thread on which the engine runs, and the one beside it on which results are published."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from thfm_ros.frame import Frame
from thfm_ros.media.errors import ImageError
from thfm_ros.runtime.engine import Engine
from thfm_ros.runtime.intake import Arrival, Intake
from thfm_ros.runtime.perception import Perception

Results = list[tuple[Perception, Frame]]


class InferenceThread:
    """Takes frames from the intake, pushes them through the engine, hands on what comes out.

    decode:    makes a Frame of what the callbacks put into the intake; may raise ImageError
    wanted:    the tasks that anybody needs at this moment
    on_result: gets each perception and the frame it describes, oldest first
    on_reject: gets the text of an ImageError
    on_error:  gets any other exception, those of on_result included; the next frame is awaited
    on_result is called on a thread of its own while the next window is inferred, and keeps the
    order; at most one window's results wait for it. The others are called on this thread, on_error
    on either.
    """

    def __init__(
        self,
        engine: Engine,
        intake: Intake,
        decode: Callable[[Any], Frame],
        wanted: Callable[[], frozenset[str]],
        on_result: Callable[[Perception, Frame], None],
        on_reject: Callable[[str], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._engine = engine
        self._intake = intake
        self._decode = decode
        self._wanted = wanted
        self._on_result = on_result
        self._on_reject = on_reject
        self._on_error = on_error
        self._published: Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Close the intake, wait until what is at hand is published; whether it ended in time."""
        self._intake.close()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        with ThreadPoolExecutor(1, "publish") as publisher:
            while (arrival := self._next()) is not None:
                try:
                    if results := self._process(arrival):
                        self._hand_over(results, publisher)
                except ImageError as error:
                    self._intake.count_refused("malformed", arrived=False)
                    self._on_reject(str(error))
                except Exception as error:  # a bad frame must not end the node
                    self._fail(error)

    def _next(self) -> Arrival | None:
        """Wait for a frame; None when the intake is closed."""
        arrival = self._intake.take(timeout_s=0)
        # What can wait may take seconds: not when the node wants to end.
        if arrival is None and not self._intake.closed:
            try:
                self._engine.idle()
            except Exception as error:  # nor must what could wait
                self._on_error(error)
            arrival = self._intake.take()
        return arrival

    def _process(self, arrival: Arrival) -> Results:
        queued = time.perf_counter() - arrival.arrived
        if arrival.reset:
            self._engine.reset()
        frame = self._decode(arrival.item)
        # A superseded frame only fills the window: no task, no inference.
        wanted = frozenset() if arrival.superseded else self._wanted()
        return [
            (replace(seen, times=replace(seen.times, queue=1e3 * queued)), completed)
            for completed, seen in self._engine.perceive(frame, wanted)
        ]

    def _hand_over(self, results: Results, publisher: ThreadPoolExecutor) -> None:
        if self._published is not None:
            # Results that pile up would only grow old.
            self._published.result()
        self._published = publisher.submit(self._publish, results)

    def _publish(self, results: Results) -> None:
        for perception, frame in results:
            try:
                self._on_result(perception, frame)
            except Exception as error:  # nor must a result that cannot be published
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._intake.count_refused("failed", arrived=False)
        self._on_error(error)
