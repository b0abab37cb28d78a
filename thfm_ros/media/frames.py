# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The frames of a source beside what was left out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from thfm_ros.frame import Frame
from thfm_ros.media.errors import SourceError

LEFT_OUT = "images left out: "
"""How the reasons in `skipped` begin for what would have been a frame; node and bags say it too."""


class Frames(Iterator[Frame]):
    """Iterates over the frames of one source; what cannot be used is left out and counted.

    name:     of the source, as messages call it
    skipped:  reason -> count, so far
    problems: what is missing of the source so far, one line each, what was skipped included
    Raises SourceError at the end if there was not one frame.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[Counter[str], list[str]], Iterator[Frame]],
    ) -> None:
        self.name = name
        self.skipped: Counter[str] = Counter()
        self._problems: list[str] = []
        self._frames = read(self.skipped, self._problems)
        self._any = False

    @property
    def problems(self) -> list[str]:
        """What is missing, one line each; empty = all of it was read."""
        return [*self._problems, *(f"{count} {what}" for what, count in self.skipped.items())]

    def __next__(self) -> Frame:
        try:
            frame = next(self._frames)
        except StopIteration:
            if not self._any:
                reason = "; ".join(self.problems) or "it is empty"
                raise SourceError(f"{self.name} has no usable images: {reason}") from None
            raise
        self._any = True
        return frame

    def close(self) -> None:
        """Let go of the files."""
        self._frames.close()
