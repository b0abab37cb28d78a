# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Several people: the model gives one skeleton, so each person is looked at through a crop."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from thfm_ros.frame import Frame
from thfm_ros.model.config import TokenGroup
from thfm_ros.perception import Person
from thfm_ros.region import Box, best_crop, camera_from_region, others_around, paint_over
from thfm_ros.runtime.scene.people import read_people

_SAME_PERSON = 0.15
"""Two skeletons whose landmarks are closer than this share of the larger box are one person."""


class CropReader:
    """Reads the skeletons of several crops of a clip: tokens only, one run of the backend each.

    The model gives the skeleton of whom it sees most, so in each crop all others are painted over:
    whoever stands nearer beside somebody would be found instead. On a CPU a batch is no quicker
    than its parts, and a compiled or captured program has one shape.

    run: clip, uint8 [T, H, W, 3] -> {group: [F, joints, values]}, newest frame last
    targets: sizes (width, height) that crops may have, as of `best_crop`
    """

    def __init__(
        self,
        run: Callable[[np.ndarray], dict[str, np.ndarray]],
        groups: tuple[TokenGroup, ...],
        targets: tuple[tuple[int, int], ...],
        min_score: float,
        min_confidence: float,
    ) -> None:
        self._run, self._groups, self._targets = run, groups, targets
        self._limits = min_score, min_confidence

    def read(
        self, frames: tuple[Frame, ...], padded: int, boxes: list[Box], mask: np.ndarray
    ) -> tuple[Person, ...]:
        """Return the distinct people of boxes, in the newest of the frames.

        mask: matte of all people [H, W] in the newest frame, 0..1
        """
        newest = frames[-1]
        people: list[Person] = []
        for box in boxes:
            crop = best_crop(box, newest.size, self._targets)
            others = crop.image_to_target(others_around(box, mask)) > 0
            values = self._run(paint_over(crop.clip(frames, padded), others))
            outputs = {name: found[-1] for name, found in values.items()}
            rotation = camera_from_region(crop, newest.intrinsics)
            people += read_people(outputs, self._groups, crop, *self._limits, rotation)
        return distinct(people)


def distinct(people: list[Person]) -> tuple[Person, ...]:
    """Keep the surest of skeletons that lie on one another."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda person: -person.score):
        if not any(_same(person, other) for other in kept):
            kept.append(person)
    return tuple(kept)


def _same(a: Person, b: Person) -> bool:
    distance = np.linalg.norm(a.pixels - b.pixels, axis=-1)
    known = distance[np.isfinite(distance)]
    size = max(*a.box[2:], *b.box[2:])
    return known.size > 0 and float(np.median(known)) < _SAME_PERSON * size
