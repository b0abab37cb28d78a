# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is there beside the people found: pieces of the mask that nobody's skeleton explains."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from thfm_ros.perception import LandmarkState, Person
from thfm_ros.runtime.scene.instances import Pieces, reached_by

_IN_FRONT = 0.75
"""Of a person's nearest landmark: whatever of the mask is nearer than that is somebody else."""


@dataclass(frozen=True)
class Crowd:
    """What is there beside the people in the message.

    not_looked_at: how many more, as far as is known
    pieces:        the mask cut where depth jumps, or None where there was no mask
    nearest_m:     of each piece, metres along z to the nearest landmark of whoever it belongs to;
                   inf = it belongs to nobody whose metres are known
    """

    not_looked_at: int = 0
    pieces: Pieces | None = None
    nearest_m: tuple[float, ...] = ()

    def nearest_of_others(self, depth: np.ndarray | None) -> float:
        """Return metres along z to the nearest piece that is no measured person's.

        inf = there is none, NaN = there is one, but depth [H, W] (metres) does not tell how far.
        """
        if self.pieces is None:
            return math.nan if self.not_looked_at else math.inf
        count = len(self.pieces.boxes)
        found = [math.nan] * count if depth is None else self.pieces.nearest(depth)
        others = [
            metres
            for metres, known in zip(found, self.nearest_m, strict=True)
            if not math.isfinite(known) or metres < _IN_FRONT * known
        ]
        return float(np.min(others)) if others else math.inf


def look_for_others(
    parts: Pieces, pieces: Pieces, found: tuple[Person, ...], left_out: int
) -> Crowd:
    """Say what people do not explain.

    parts: the mask cut where depth jumps; pieces: the same, parts of one skeleton joined
    found: everybody who was seen in this frame; left_out: how many of them are not in the message
    """
    claimed = {label for person in found for label in reached_by(pieces, person)}
    unclaimed = len(pieces.boxes) - len(claimed)
    nearest = np.full(len(parts.boxes) + 1, math.inf)
    for person in found:
        if person.metric is None or not np.isfinite(person.metric).all(-1).any():
            continue
        # What is hidden of somebody may lie behind a part that is somebody else's.
        in_sight = replace(
            person,
            state=np.where(
                person.state == LandmarkState.VISIBLE, person.state, LandmarkState.ABSENT
            ),
        )
        own = {*reached_by(parts, person), *reached_by(parts, in_sight, needed=1)}
        for label in own:
            nearest[label] = min(nearest[label], float(np.nanmin(person.metric[:, 2])))
    return Crowd(max(unclaimed, left_out), parts, tuple(nearest[1:].tolist()))
