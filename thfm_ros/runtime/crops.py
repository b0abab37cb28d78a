# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Several people: the model tells of one skeleton, so each person is looked at through a crop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from thfm_ros.camera import Intrinsics, Resize
from thfm_ros.frame import Frame
from thfm_ros.model.config import TokenGroup
from thfm_ros.runtime.people import read_people
from thfm_ros.runtime.perception import Person

_MARGIN = 1.25
_SLACK = 0.05
"""How far a body may reach beyond its box, as a share of the box."""
_EDGE = 0.5
_SAME_PERSON = 0.15
"""Two skeletons whose landmarks are closer than this share of the larger box are one person."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Crop:
    """A part of the source image as network input; maps landmarks as `Resize` does.

    source: (width, height) of the whole image
    box:    x, y, width, height of the part, inside the image
    """

    source: tuple[int, int]
    box: Box
    target: tuple[int, int]

    @property
    def resize(self) -> Resize:
        """From the part to the network's input."""
        return Resize(self.box[2:], self.target)

    def image_to_target(self, image: np.ndarray) -> np.ndarray:
        """Cut and resample an image [H, W, ...] of the source."""
        x, y, width, height = self.box
        return self.resize.image_to_target(image[y : y + height, x : x + width])

    def pixels_to_source(self, pixels: np.ndarray) -> np.ndarray:
        """Map pixels [..., 2] of the network's input to the whole image."""
        return self.resize.pixels_to_source(pixels) + self.box[:2]


def crop_around(box: Box, source: tuple[int, int], target: tuple[int, int]) -> Crop:
    """Return a crop with some margin, in the network's proportions where the image allows it."""
    x, y, width, height = box
    tall = max(height, width * target[1] / target[0]) * _MARGIN
    extent = np.array((tall * target[0] / target[1], tall))
    centre = np.array((x + width / 2, y + height / 2))
    low = np.clip(np.floor(centre - extent / 2), 0, np.array(source) - 1).astype(int)
    high = np.clip(np.ceil(centre + extent / 2), low + 1, source).astype(int)
    return Crop(tuple(source), (*low.tolist(), *(high - low).tolist()), tuple(target))


def others_around(box: Box, mask: np.ndarray) -> np.ndarray:
    """Return where people are who are not looked at: uint8 [H, W], 255 outside the box, 0 inside.

    mask: matte of all people [H, W], 0..1
    """
    x, y, width, height = box
    slack = round(_SLACK * max(width, height))
    others = np.where(mask >= _EDGE, np.uint8(255), np.uint8(0))
    inside = np.s_[max(y - slack, 0) : y + height + slack, max(x - slack, 0) : x + width + slack]
    others[inside] = 0
    return others


class CropReader:
    """Reads the skeletons of several crops of a clip: tokens only, one run of the backend each.

    The model tells of whom it sees most, so in each crop all others are painted over: whoever
    stands nearer beside somebody would be told of instead. On a CPU a batch is no quicker than its
    parts, and a compiled or captured program has one shape.

    run: clip, uint8 [T, H, W, 3] -> {group: [F, joints, values]}, newest frame last
    """

    def __init__(
        self,
        run: Callable[[np.ndarray], dict[str, np.ndarray]],
        groups: tuple[TokenGroup, ...],
        size: tuple[int, int],
        min_score: float,
        min_confidence: float,
    ) -> None:
        self._run, self._groups, self._size = run, groups, size
        self._limits = min_score, min_confidence

    def read(
        self, frames: tuple[Frame, ...], padded: int, boxes: list[Box], mask: np.ndarray
    ) -> tuple[Person, ...]:
        """Return the distinct people of boxes, in the newest of the frames.

        mask: matte of all people [H, W] in the newest frame, 0..1
        """
        newest = frames[-1]
        people = []
        for box in boxes:
            crop = crop_around(box, newest.size, self._size)
            others = crop.image_to_target(others_around(box, mask)) > 0
            images = [_paint_over(crop.image_to_target(frame.image), others) for frame in frames]
            values = self._run(np.stack([images[0]] * padded + images))
            outputs = {name: found[-1] for name, found in values.items()}
            for person in read_people(outputs, self._groups, crop, *self._limits):
                people.append(_turned(person, crop, newest.intrinsics))
        return distinct(people)


def _paint_over(image: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Give pixels of an image [H, W, 3] the mean colour of the rest; others: bool [H, W]."""
    if not others.any() or others.all():
        return image
    image = image.copy()
    image[others] = image[~others].mean(0)
    return image


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


def _turned(person: Person, crop: Crop, intrinsics: Intrinsics | None) -> Person:
    """Turn a crop's 3D pose into the camera's axes: in a crop, the person stands on the axis."""
    if intrinsics is None:
        return person
    x, y, width, height = crop.box
    centre = np.array([[x + (width - 1) / 2, y + (height - 1) / 2]])
    (ray,) = intrinsics.rays(centre)
    turned = person.relative @ _rotation_to(np.array((*ray, 1.0))).T
    return replace(person, relative=turned.astype(np.float32))


def _rotation_to(ray: np.ndarray) -> np.ndarray:
    """Return the shortest rotation [3, 3] that takes the optical axis to a ray (Rodrigues)."""
    x, y, z = ray / np.linalg.norm(ray)
    cross = np.array(((0, 0, x), (0, 0, y), (-x, -y, 0)))
    return np.eye(3) + cross + cross @ cross / (1 + z)
