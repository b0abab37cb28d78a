# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The temporal window: the newest frames of one stream, and when an inference is due."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from thfm_ros.frame import NS_PER_S, Frame


@dataclass(frozen=True)
class WindowPolicy:
    """How many frames a window spans and how often it is due.

    length:    frames, 4k + 1
    stride:    an inference is due every so many frames
    max_gap_s: seconds; a longer gap between two stamps starts a new window
    """

    length: int = 5
    stride: int = 1
    max_gap_s: float = 0.5

    def __post_init__(self) -> None:
        if self.length < 1 or self.length % 4 != 1:
            raise ValueError(f"window.length is {self.length}, allowed is 4k + 1: 1, 5, 9, ...")
        if self.stride < 1:
            raise ValueError(f"window.stride is {self.stride}, allowed is 1 or more")
        if not self.max_gap_s > 0:
            raise ValueError(f"window.max_gap_s is {self.max_gap_s}, allowed is more than 0")


@dataclass(frozen=True)
class WindowClip:
    """A full window: prepared images, oldest first, of which the first `padded` repeat one.

    frames:  the frames, without repetitions
    inputs:  uint8 [length, H, W, 3]
    serials: a number for each input, which no other image of the stream has
    fresh:   how many of the newest frames no clip before had
    """

    frames: tuple[Frame, ...]
    inputs: np.ndarray
    serials: tuple[int, ...]
    padded: int
    fresh: int

    @property
    def newest(self) -> Frame:
        """The frame whose stamp the result carries."""
        return self.frames[-1]


class Window:
    """Holds at most `length` frames; never looks across a gap, a jump back or a change of size."""

    def __init__(self, policy: WindowPolicy) -> None:
        self.policy = policy
        self._frames: deque[tuple[Frame, np.ndarray, int]] = deque(maxlen=policy.length)
        self._pushed = 0
        self._fresh = 0
        self._due = True

    def push(self, frame: Frame, prepared: np.ndarray) -> None:
        """Add a frame with its network input [H, W, 3]."""
        if self._frames and not self._continues(frame):
            self.reset()
        self._frames.append((frame, prepared, self._pushed))
        self._pushed += 1
        self._fresh += 1
        self._due |= self._fresh >= self.policy.stride

    def take(self) -> WindowClip | None:
        """Return a clip when an inference is due, else None.

        A young window is padded by repeating its oldest frame, so that the first frame already
        gets an answer. What is due stays due until it is taken.
        """
        if not self._due or not self._frames:
            return None
        padded = self.policy.length - len(self._frames)
        frames, inputs, serials = zip(*[self._frames[0]] * padded, *self._frames, strict=True)
        fresh = min(self._fresh, len(self._frames))
        self._fresh, self._due = 0, False
        return WindowClip(frames[padded:], np.stack(inputs), serials, padded, fresh)

    def reset(self) -> None:
        """Forget all frames; the next one is due at once."""
        self._frames.clear()
        self._fresh, self._due = 0, True

    def __len__(self) -> int:
        return len(self._frames)

    def _continues(self, frame: Frame) -> bool:
        last = self._frames[-1][0]
        gap = frame.stamp_ns - last.stamp_ns
        return 0 < gap <= self.policy.max_gap_s * NS_PER_S and frame.size == last.size
