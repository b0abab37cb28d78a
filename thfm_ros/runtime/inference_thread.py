# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one thread on which the engine runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from thfm_ros.frame import Frame
from thfm_ros.media.images import ImageError
from thfm_ros.runtime.engine import Engine
from thfm_ros.runtime.intake import Arrival, Intake
from thfm_ros.runtime.perception import Perception


class InferenceThread:
    """Takes frames from the intake, pushes them through the engine, hands on what comes out.

    decode:    makes a Frame of what the callbacks put into the intake; may raise ImageError
    wanted:    the tasks that anybody needs at this moment
    on_result: gets each perception and the frame it describes, oldest first
    on_reject: gets the text of an ImageError
    on_error:  gets any other exception; the thread goes on with the next frame
    All five are called on this thread.
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
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Close the intake and wait for the inference at hand; whether it ended in time."""
        self._intake.close()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (arrival := self._intake.take()) is not None:
            try:
                self._process(arrival)
            except ImageError as error:
                self._intake.count_refused("malformed", arrived=False)
                self._on_reject(str(error))
            except Exception as error:  # a bad frame must not end the node
                self._intake.count_refused("failed", arrived=False)
                self._on_error(error)

    def _process(self, arrival: Arrival) -> None:
        queued = time.perf_counter() - arrival.arrived
        if arrival.reset:
            self._engine.reset()
        frame = self._decode(arrival.item)
        # A superseded frame only fills the window: no task, no inference.
        wanted = frozenset() if arrival.superseded else self._wanted()
        for completed, perception in self._engine.perceive(frame, wanted):
            times = replace(perception.times, queue=1e3 * queued)
            self._on_result(replace(perception, times=times), completed)
