# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One mask of all people, cut into persons: connected pieces, parted where depth jumps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from thfm_ros.perception import IN_IMAGE, Person
from thfm_ros.region import Box
from thfm_ros.tasks.mask import ON_PERSON

OTHERS = 255
"""The label of pixels that belong to people, but to nobody who has a skeleton."""
_WORKING_EDGE = 256
_SMALLEST_SHARE = 0.004
"""Of the image; smaller pieces are no candidates."""
_DEPTH_STEP = 0.15
"""Neighbouring pixels whose depths differ by this share are not of one body."""
_NEEDED_LANDMARKS = 3
_NEAR = 0.05
"""Which share of a piece's pixels may be nearer than its nearest part: they may be wrong."""


@dataclass(frozen=True)
class Pieces:
    """The mask's pieces, largest first.

    labels: uint8 [h, w] at a working size, 1 + index of the piece, 0 = nobody
    boxes:  x, y, width, height in pixels of the source image
    size:   (width, height) of the source image
    """

    labels: np.ndarray
    boxes: tuple[Box, ...]
    size: tuple[int, int]

    @property
    def scale(self) -> np.ndarray:
        """Working pixels per source pixel, x and y."""
        return np.array(self.labels.shape[::-1]) / self.size

    def nearness(self, ratio: np.ndarray | None) -> list[float]:
        """Return of each piece how near it is, in a unit of this picture's own.

        By depth over its median [H, W] where that is known of all, else by how large they are.
        """
        depths = [math.nan] if ratio is None else self.nearest(ratio)
        if np.isfinite(depths).all():
            return [1 / max(depth, 1e-6) for depth in depths]
        return [math.sqrt(width * height) for _, _, width, height in self.boxes]

    def nearest(self, depth: np.ndarray) -> list[float]:
        """Return of each piece the depth [H, W] of its nearest part, NaN where none is known."""
        small = cv2.resize(depth, self.labels.shape[::-1], interpolation=cv2.INTER_NEAREST)
        found = []
        for label in range(1, len(self.boxes) + 1):
            values = small[self.labels == label]
            values = values[np.isfinite(values)]
            found.append(float(np.quantile(values, _NEAR)) if values.size else math.nan)
        return found


def cut_pieces(mask: np.ndarray, ratio: np.ndarray | None) -> Pieces:
    """Cut a matte [H, W] (0..1) into pieces; ratio [H, W] is depth over its median, if known."""
    height, width = mask.shape
    shrink = min(1.0, _WORKING_EDGE / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    people = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) >= ON_PERSON
    labels = np.zeros(people.shape, np.uint8)
    x, y, wide, tall = cv2.boundingRect(people.view(np.uint8))
    if not wide:
        return Pieces(labels, (), (width, height))
    # All that follows costs by the pixel.
    box = np.s_[y : y + tall, x : x + wide]
    if ratio is not None:
        ratio = cv2.resize(ratio, size, interpolation=cv2.INTER_NEAREST)[box]
    labels[box] = _label(people[box], ratio, _SMALLEST_SHARE * mask.size * shrink**2)
    return _pieces(labels, (width, height))


def _label(people: np.ndarray, ratio: np.ndarray | None, smallest: float) -> np.ndarray:
    """Number the pieces of at least so many pixels, largest first; uint8, as `people`."""
    cores = people if ratio is None else people & ~_depth_edges(ratio)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cores.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    order = np.argsort(-areas, kind="stable")[: OTHERS - 1]
    large = order[areas[order] >= smallest]
    names = np.zeros(count, np.uint8)
    names[large + 1] = np.arange(1, len(large) + 1)
    return _spread(names[labels], people)


def join_by_skeletons(pieces: Pieces, people: tuple[Person, ...]) -> Pieces:
    """Join pieces that one skeleton reaches into: a body behind a table's edge is one body."""
    names = np.arange(len(pieces.boxes) + 1, dtype=np.uint8)
    for person in people:
        spots = names[_labels_at(pieces.labels, person, pieces.scale)]
        reached = np.bincount(spots, minlength=1)
        reached[0] = 0
        whole = np.flatnonzero(reached >= _NEEDED_LANDMARKS)
        for part in whole[1:]:
            names[names == part] = whole[0]
    joined = (names != np.arange(len(names))).any()
    return _pieces(names[pieces.labels], pieces.size) if joined else pieces


def reached_by(pieces: Pieces, person: Person, needed: int = _NEEDED_LANDMARKS) -> np.ndarray:
    """Return the labels of the pieces that a person's landmarks lie in, so many at least."""
    reached = np.bincount(_labels_at(pieces.labels, person, pieces.scale), minlength=1)
    reached[0] = 0
    return np.flatnonzero(reached >= needed)


def label_people(pieces: Pieces, people: tuple[Person, ...], mask: np.ndarray) -> np.ndarray:
    """Return whose pixel it is, uint8 [H, W]: 1 + index into people, 0 = nobody, 255 = OTHERS."""
    owner = np.full(len(pieces.boxes) + 1, OTHERS, np.uint8)
    owner[0] = 0
    small = np.full(pieces.labels.shape, OTHERS, np.uint8)
    small[pieces.labels == 0] = 0
    claims: dict[int, list[int]] = {}
    for index, person in enumerate(people):
        reached = np.bincount(_labels_at(pieces.labels, person, pieces.scale), minlength=1)
        reached[0] = 0
        if reached.max() >= _NEEDED_LANDMARKS:
            claims.setdefault(int(reached.argmax()), []).append(index)
    for piece, owners in claims.items():
        inside = pieces.labels == piece
        small[inside] = _nearest(inside, [people[i] for i in owners], owners, pieces.scale)
    # One pixel more at the working size covers the rim at full size.
    rim = cv2.dilate(small, np.ones((3, 3), np.uint8))
    labels = cv2.resize(np.where(small, small, rim), pieces.size, interpolation=cv2.INTER_NEAREST)
    # Minus one is all bits, and all bits are OTHERS.
    labels |= np.negative((labels == 0).view(np.uint8))
    return labels & np.negative((mask >= ON_PERSON).view(np.uint8))


def _nearest(inside: np.ndarray, people: list[Person], owners: list[int], scale) -> np.ndarray:
    """Give each pixel of a piece to whose landmark is nearest; uint8, one per pixel inside."""
    if len(owners) == 1:
        return np.full(inside.sum(), owners[0] + 1, np.uint8)
    distances = []
    for person in people:
        canvas = np.ones(inside.shape, np.uint8)
        columns, rows = _spots(person, scale, inside.shape)
        canvas[rows, columns] = 0
        distances.append(cv2.distanceTransform(canvas, cv2.DIST_L2, 3)[inside])
    return np.array(owners, np.uint8)[np.argmin(distances, axis=0)] + 1


def _depth_edges(ratio: np.ndarray) -> np.ndarray:
    log = np.log(np.maximum(np.nan_to_num(ratio, nan=np.inf), 1e-6))
    edges = np.zeros(ratio.shape, bool)
    with np.errstate(invalid="ignore"):
        edges[:, 1:] |= np.abs(np.diff(log, axis=1)) > _DEPTH_STEP
        edges[1:] |= np.abs(np.diff(log, axis=0)) > _DEPTH_STEP
    return edges


def _spread(labels: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Give the people's pixels without a label that of the nearest pixel with one."""
    bare = people & (labels == 0)
    if not bare.any() or not labels.any():
        return labels * people
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    seeds = np.zeros(nearest.max() + 1, np.uint8)
    seeds[nearest[labels > 0]] = labels[labels > 0]
    # A crumb of mask without any label is nobody's: it must not go to who stands far away.
    count, bodies = cv2.connectedComponents(people.astype(np.uint8))
    labelled = np.zeros(count, bool)
    labelled[bodies[labels > 0]] = True
    return seeds[nearest] * (labelled[bodies] & people)


def _pieces(labels: np.ndarray, size: tuple[int, int]) -> Pieces:
    """Number the labels anew, largest first, and find their boxes."""
    counts = np.bincount(labels.ravel(), minlength=1)
    counts[0] = 0
    order = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
    names = np.zeros(len(counts), np.uint8)
    names[order] = np.arange(1, len(order) + 1)
    labels = names[labels]
    scale = np.array(size) / labels.shape[::-1]
    boxes = []
    for index in range(1, len(order) + 1):
        x, y, width, height = cv2.boundingRect((labels == index).astype(np.uint8))
        low, high = np.floor((x, y) * scale), np.ceil((x + width, y + height) * scale)
        boxes.append((*low.astype(int).tolist(), *(high - low).astype(int).tolist()))
    return Pieces(labels, tuple(boxes), size)


def _labels_at(labels: np.ndarray, person: Person, scale: np.ndarray) -> np.ndarray:
    columns, rows = _spots(person, scale, labels.shape)
    return labels[rows, columns]


def _spots(person: Person, scale: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return column and row [2, N] of the landmarks that lie in the image, at the working size."""
    inside = np.isin(person.state, IN_IMAGE)
    inside &= np.isfinite(person.pixels).all(-1)
    spots = np.floor((person.pixels[inside] + 0.5) * scale).astype(int)
    return np.clip(spots, 0, np.array(shape[::-1]) - 1).T
