# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one thread on which the engine runs, and what becomes of its results."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from thfm_ros.frame import Frame
from thfm_ros.media.errors import ImageError
from thfm_ros.perception import Perception
from thfm_ros.runtime.stream.intake import Arrival, Intake
from thfm_ros.runtime.stream.publish_lane import PublishLane

if TYPE_CHECKING:
    from thfm_ros.runtime.engine import Engine

Results = list[tuple[Perception, Frame]]
OVERTAKEN = "maps overtaken"
"""Why results are counted whose maps a newer result overtook; their skeletons went out."""


@dataclass(frozen=True)
class Callbacks:
    """What an InferenceThread asks and tells.

    decode:    makes a Frame of what the callbacks put into the intake; may raise ImageError
    wanted:    the tasks that anybody needs at this moment; none = images are not even decoded
    on_people: gets each perception and the frame it describes as soon as it is there, oldest first,
               on the inference thread: for what is small and waited for
    on_result: gets the same on a thread of its own while the next window is inferred, in the same
               order. Of an intake of mode "latest", what a newer result overtakes is left out
    on_reject: gets the text of an ImageError
    on_error:  gets any other exception, those of on_people and on_result included, on either thread
    """

    decode: Callable[[Any], Frame]
    wanted: Callable[[], frozenset[str]]
    on_people: Callable[[Perception, Frame], None]
    on_result: Callable[[Perception, Frame], None]
    on_reject: Callable[[str], None]
    on_error: Callable[[Exception], None]


class InferenceThread:
    """Takes frames from the intake, pushes them through the engine, hands on what comes out."""

    def __init__(self, engine: Engine, intake: Intake, callbacks: Callbacks) -> None:
        self._engine = engine
        self._intake = intake
        self._ask = callbacks
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
        lane = PublishLane(self._publish, patient=self._intake.policy.mode == "every")
        while (arrival := self._next()) is not None:
            try:
                if results := self._process(arrival):
                    self._hand_over(results, lane)
            except ImageError as error:
                self._intake.count_refused("malformed", arrived=False)
                self._ask.on_reject(str(error))
            except Exception as error:  # a bad frame must not end the node
                self._fail(error)
        lane.close()

    def _next(self) -> Arrival | None:
        """Wait for a frame; None when the intake is closed."""
        arrival = self._intake.take(timeout_s=0)
        # What can wait may take seconds: not when the node wants to end.
        if arrival is None and not self._intake.closed:
            try:
                self._engine.idle()
            except Exception as error:  # nor must what could wait
                self._ask.on_error(error)
            arrival = self._intake.take()
        return arrival

    def _process(self, arrival: Arrival) -> Results:
        queued = time.perf_counter() - arrival.arrived
        if arrival.reset:
            self._engine.reset()
        if arrival.shift_ns:
            self._engine.shift(arrival.shift_ns)
        wanted = self._ask.wanted()
        if not wanted:
            return []
        frame = self._ask.decode(arrival.item)
        # A superseded frame only fills the window: no task, no inference.
        wanted = frozenset() if arrival.superseded else wanted
        return [
            (replace(seen, times=replace(seen.times, queue=1e3 * queued)), completed)
            for completed, seen in self._engine.perceive(frame, wanted)
        ]

    def _hand_over(self, results: Results, lane: PublishLane) -> None:
        for index, (perception, frame) in enumerate(results):
            begin = time.perf_counter()
            self._ask.on_people(perception, frame)
            publish = 1e3 * (time.perf_counter() - begin)
            times = replace(perception.times, publish=publish)
            results[index] = replace(perception, times=times), frame
        for _ in range(lane.put(results)):
            self._intake.count_refused(OVERTAKEN, arrived=False)

    def _publish(self, results: Results) -> None:
        for perception, frame in results:
            try:
                self._ask.on_result(perception, frame)
            except Exception as error:  # nor must a result that cannot be published
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._intake.count_refused("failed", arrived=False)
        self._ask.on_error(error)
