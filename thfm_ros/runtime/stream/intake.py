# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The queue between a camera's callbacks and the inference thread."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from thfm_ros.frame import NS_PER_S

Item = TypeVar("Item")

MODES = ("latest", "every")


@dataclass(frozen=True)
class IntakePolicy:
    """What happens to frames that arrive faster than they are taken.

    mode:                 "latest" keeps the newest `context` frames; only the newest of them gets a
                          result, the others (superseded) just fill the window. "every" drops none:
                          `put` waits while `backlog` frames are waiting
    backlog:              frames, for "every"
    context:              frames, for "latest": as many as a window has
    time_jump_backward_s: seconds; a stamp that much older than the newest restarts the stream, a
                          smaller step back is a late frame
    """

    mode: str = "latest"
    backlog: int = 30
    context: int = 1
    time_jump_backward_s: float = 0.5

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode is {self.mode!r}, allowed is one of {MODES}")
        for field in ("backlog", "context"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field} is {getattr(self, field)}, allowed is 1 or more")
        if not self.time_jump_backward_s > 0:
            raise ValueError(
                f"time_jump_backward_s is {self.time_jump_backward_s}, allowed is more than 0"
            )


@dataclass(frozen=True)
class Arrival(Generic[Item]):
    """One frame handed to the inference thread.

    arrived:    seconds of time.perf_counter() when it came in
    superseded: a newer one waits already, so this one needs no result of its own
    reset:      why the stream starts anew with this frame, "" where it goes on
    shift_ns:   by how much the clock of its stamps is ahead of that of the frame before
    """

    item: Item
    arrived: float
    superseded: bool = False
    reset: str = ""
    shift_ns: int = 0


class Intake(Generic[Item]):
    """A bounded, thread-safe queue that refuses repeated and late stamps and counts every loss."""

    def __init__(self, policy: IntakePolicy) -> None:
        self.policy = policy
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Item, float, int]] = deque()
        self._newest_ns = 0
        self._reset = ""
        self._closed = False
        self._received = 0
        self._dropped: Counter[str] = Counter()
        self._resets: Counter[str] = Counter()
        self._shift_ns = self._lost_shift_ns = 0
        self._before_jump: tuple[int, float] | None = None
        self._newest_arrived = 0.0
        self.last_reset = ""

    def put(self, stamp_ns: int, item: Item) -> str:
        """Offer a frame; return "" or the reason for which it was refused (and counted)."""
        arrived = time.perf_counter()
        with self._changed:
            self._received += 1
            refusal = self._judge(stamp_ns, arrived)
            if not refusal:
                self._make_room()
                refusal = "closed" if self._closed else ""
            if refusal:
                self._dropped[refusal] += 1
                return refusal
            self._newest_ns, self._newest_arrived = stamp_ns, arrived
            self._waiting.append((item, arrived, self._shift_ns))
            self._shift_ns = 0
            self._changed.notify_all()
        return ""

    def take(self, timeout_s: float | None = None) -> Arrival[Item] | None:
        """Wait for the next frame; None when the intake is closed or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            if self._closed or not self._waiting:
                return None
            item, arrived, shift_ns = self._waiting.popleft()
            shift_ns, self._lost_shift_ns = shift_ns + self._lost_shift_ns, 0
            reset, self._reset = self._reset, ""
            superseded = self.policy.mode == "latest" and len(self._waiting) > 0
            self._dropped["superseded"] += superseded
            self._changed.notify_all()
        return Arrival(item, arrived, superseded, reset, shift_ns)

    def count_refused(self, reason: str, arrived: bool = True) -> None:
        """Count a frame lost outside of this queue; arrived = it was never offered to `put`."""
        with self._changed:
            self._received += arrived
            self._dropped[reason] += 1

    def reset(self, reason: str) -> None:
        """Forget waiting frames and stamps; the next frame starts the stream anew."""
        with self._changed:
            self._restart(reason)

    def close(self) -> None:
        """Wake up everybody who waits; nothing goes in or out any more."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing goes in or out any more."""
        return self._closed

    @property
    def received(self) -> int:
        """How many frames came in, the refused ones included."""
        return self._received

    @property
    def dropped(self) -> dict[str, int]:
        """How many frames were lost, by reason."""
        with self._changed:
            return {reason: count for reason, count in self._dropped.items() if count}

    @property
    def resets(self) -> dict[str, int]:
        """How often the stream started anew, or its clock changed, by reason."""
        with self._changed:
            return dict(self._resets)

    def _judge(self, stamp_ns: int, arrived: float) -> str:
        if stamp_ns <= 0:
            return "without stamp"
        behind = self._newest_ns - stamp_ns
        if self._newest_ns and self._is_other_clock(stamp_ns, arrived):
            self._change_clock(stamp_ns, arrived)
        elif behind > self.policy.time_jump_backward_s * NS_PER_S:
            self._before_jump = self._newest_ns, self._newest_arrived
            self._restart(f"stamps jumped back by {behind / NS_PER_S:.3f} s", "stamps jumped back")
        elif behind == 0:
            return "duplicate stamp"
        elif behind > 0:
            return "late"
        return ""

    def _is_other_clock(self, stamp_ns: int, arrived: float) -> bool:
        """Whether stamps go on where they were before they jumped: two clocks stamp this topic."""
        if self._before_jump is None:
            return False
        known_ns, known_arrived = self._before_jump
        off_ns = stamp_ns - known_ns - round((arrived - known_arrived) * NS_PER_S)
        own_ns = stamp_ns - self._newest_ns - round((arrived - self._newest_arrived) * NS_PER_S)
        tolerance = self.policy.time_jump_backward_s * NS_PER_S
        return abs(off_ns) <= tolerance < abs(own_ns) and stamp_ns > known_ns

    def _change_clock(self, stamp_ns: int, arrived: float) -> None:
        waited_ns = round((arrived - self._newest_arrived) * NS_PER_S)
        shift_ns = stamp_ns - self._newest_ns - waited_ns
        self._before_jump = self._newest_ns, self._newest_arrived
        self._shift_ns += shift_ns
        self._note(f"two clocks stamp the images, {abs(shift_ns) / NS_PER_S:.1f} s apart")

    def _note(self, reason: str) -> None:
        self._resets[reason] += 1
        self.last_reset = reason

    def _make_room(self) -> None:
        if self.policy.mode == "latest":
            if len(self._waiting) == self.policy.context:
                self._lost_shift_ns += self._waiting.popleft()[2]
                self._dropped["superseded"] += 1
        else:
            self._changed.wait_for(lambda: len(self._waiting) < self.policy.backlog or self._closed)

    def _restart(self, reason: str, kind: str = "") -> None:
        self._note(kind or reason)
        self._shift_ns = self._lost_shift_ns = 0
        self._dropped["superseded"] += len(self._waiting)
        self._waiting.clear()
        self._newest_ns = 0
        self._reset = reason


def admitted(
    items: Iterable[Item], stamp_ns: Callable[[Item], int], skipped: Counter[str]
) -> Iterator[Arrival[Item]]:
    """Yield the items of a recording that a node in mode `every` takes, in order.

    skipped counts the others by reason.
    """
    intake: Intake[Item] = Intake(IntakePolicy(mode="every"))
    for item in items:
        # A recording's time may begin at 0, where a message's stamp would mean that it has none.
        refusal = intake.put(stamp_ns(item) + 1, item)
        if refusal:
            skipped[f"images left out: {refusal}"] += 1
            continue
        yield intake.take(0)
