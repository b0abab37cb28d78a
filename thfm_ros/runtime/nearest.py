# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is nearest to the camera: what a robot's safety layer wants first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.runtime.perception import Person

_UNKNOWN = (math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Nearest:
    """The nearest landmark of anybody.

    count:    how many people are there, the hidden ones included
    distance: metres from the optical centre; inf = nobody, NaN = somebody, but no metres are known
    sigma:    metres, one standard deviation of distance
    """

    count: int
    distance: float
    person: Person | None = None
    landmark: str = ""
    sigma: float = math.nan
    position: tuple[float, float, float] = _UNKNOWN


def nearest_person(people: tuple[Person, ...]) -> Nearest:
    """Find the nearest landmark of those who are not lost.

    Whoever has no place in metres may be the nearest: then nothing is claimed to be known.
    """
    present = [person for person in people if person.present]
    if not present:
        return Nearest(0, math.inf)
    if any(person.metric is None for person in present):
        return Nearest(len(present), math.nan, max(present, key=_area))
    distances = [np.linalg.norm(person.metric, axis=-1) for person in present]
    reach = [float(np.nanmin(d)) if np.isfinite(d).any() else math.inf for d in distances]
    person, distance = present[int(np.argmin(reach))], distances[int(np.argmin(reach))]
    if not np.isfinite(distance).any():
        return Nearest(len(present), math.nan, person)
    landmark = int(np.nanargmin(distance))
    sigma = math.nan if person.sigma is None else float(person.sigma[landmark])
    position = tuple(float(value) for value in person.metric[landmark])
    name = skeleton.LANDMARKS[landmark]
    return Nearest(len(present), float(distance[landmark]), person, name, sigma, position)


def _area(person: Person) -> int:
    return person.box[2] * person.box[3]
