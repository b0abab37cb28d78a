# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is nearest to the camera: what a robot's safety layer wants first.

Whoever is not seen is never nobody: "nobody" is said only of a picture that was looked at with all
that it takes, and in which nothing is left that could be somebody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from thfm_ros import skeleton
from thfm_ros.perception import Perception, Person

_NOWHERE = (math.nan, math.nan, math.nan)
NEEDED = ("mask", "keypoints2d", "keypoints3d")
"""The tasks without which nobody can be said to be there: skeletons miss people, so may a mask."""


class Verdict(IntEnum):
    """What is known; the values are those of NearestPerson.msg."""

    UNKNOWN = 0
    NOBODY = 1
    MEASURED = 2


@dataclass(frozen=True)
class Nearest:
    """The nearest of what is there.

    count:    how many people are followed, the hidden ones included
    distance: metres from the optical centre; inf = nobody, NaN = unknown
    reason:   why it is unknown, in words that fit a log line
    person:   who it is; None = nobody, or somebody without a skeleton, measured by depth
    sigma:    metres, one standard deviation of distance
    """

    count: int
    verdict: Verdict
    distance: float
    reason: str = ""
    person: Person | None = None
    landmark: str = ""
    sigma: float = math.nan
    position: tuple[float, float, float] = _NOWHERE


def nearest_person(seen: Perception) -> Nearest:
    """Find the nearest landmark of those who are not lost, and the nearest part of anybody else.

    Somebody without a place in metres may be the nearest: then nothing is claimed to be known.
    """
    present = [person for person in seen.people if person.present]
    reason = _why_unknown(seen, present)
    if reason:
        nearest = max(present, key=_area, default=None)
        return Nearest(len(present), Verdict.UNKNOWN, math.nan, reason, nearest)
    found = min((_measured(person) for person in present), key=_distance, default=None)
    others = seen.others_m
    if found is None or others < found[1]:
        verdict = Verdict.MEASURED if math.isfinite(others) else Verdict.NOBODY
        return Nearest(len(present), verdict, others)
    person, distance, landmark = found
    return Nearest(
        len(present),
        Verdict.MEASURED,
        distance,
        "",
        person,
        skeleton.LANDMARKS[landmark],
        math.nan if person.sigma is None else float(person.sigma[landmark]),
        tuple(float(value) for value in person.metric[landmark]),
    )


def _why_unknown(seen: Perception, present: list[Person]) -> str:
    missing = [task for task in NEEDED if task not in seen.tasks]
    if seen.blind:
        return seen.blind
    if missing:
        return f"not looked for: {', '.join(missing)} did not run"
    if seen.not_finite:
        return f"the model gave {seen.not_finite} numbers that are not finite"
    unmeasured = sum(not _is_measured(person) for person in present)
    if unmeasured:
        return f"{unmeasured} of {len(present)} people have no place in metres (camera_info?)"
    if math.isnan(seen.others_m):
        return f"{seen.not_looked_at} more are there, whose distance is not known"
    return ""


def _is_measured(person: Person) -> bool:
    return person.metric is not None and np.isfinite(person.metric).all(-1).any()


def _measured(person: Person) -> tuple[Person, float, int]:
    distances = np.linalg.norm(person.metric, axis=-1)
    landmark = int(np.nanargmin(distances))
    return person, float(distances[landmark]), landmark


def _distance(found: tuple[Person, float, int]) -> float:
    return found[1]


def _area(person: Person) -> int:
    return person.box[2] * person.box[3]
