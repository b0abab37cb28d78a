# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether images come, are taken and are answered: what silence and a stalled node are known by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

_SILENT_S = 0.5


class Trouble(Enum):
    """Why there are no results."""

    NONE = "none"
    SILENT = "no images"
    REFUSED = "all images are refused"
    STALLED = "images arrive, results do not"


@dataclass(frozen=True)
class Pulse:
    """How many seconds ago something last happened; inf = never.

    image:   an image came, of whatever kind
    taken:   an image came that was not refused
    flowing: images that are taken began to come without a pause
    refused: an image was refused, for the reason `refusal`
    result:  a result was published
    wanted:  somebody began to subscribe results; NaN while nobody does
    """

    image: float = math.inf
    taken: float = math.inf
    flowing: float = math.inf
    refused: float = math.inf
    result: float = math.inf
    wanted: float = math.nan
    refusal: str = ""

    @property
    def unanswered(self) -> float:
        """For how long a result has been due, seconds; 0 while none is due."""
        due = min(self.result, self.flowing, self.wanted)
        return due if self.wanted == self.wanted and math.isfinite(self.flowing) else 0.0

    def why_unknown(self) -> str:
        """Return why there has been no result lately, in words."""
        if self.refused < self.taken:
            return f"the last image was refused: {self.refusal}"
        if self.image > _SILENT_S:
            return f"no image for {self.image:.1f} s"
        return f"no result for {self.result:.1f} s"

    def trouble(self, stale_s: float, result_s: float) -> Trouble:
        """Return what is wrong once it has lasted for stale_s seconds.

        result_s: seconds in which a result is due while images are taken
        """
        if self.image > stale_s:
            return Trouble.SILENT
        if self.taken > stale_s and self.refused < self.taken:
            return Trouble.REFUSED
        if self.unanswered > max(stale_s, result_s):
            return Trouble.STALLED
        return Trouble.NONE
