# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From what the network saw in one frame to what is there: everybody, with ids, in metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.perception import Perception, Person
from thfm_ros.region import Box
from thfm_ros.runtime.scene import instances
from thfm_ros.runtime.scene.crowd import Crowd, look_for_others
from thfm_ros.runtime.scene.depth_alignment import AlignmentPolicy, DepthAligner
from thfm_ros.runtime.scene.metric import locate
from thfm_ros.runtime.scene.people import cut_to_image
from thfm_ros.runtime.scene.tracking import Tracker, TrackPolicy
from thfm_ros.tasks.depth_code import DepthCode

ReadCrops = Callable[[tuple[Frame, ...], int, list[Box], np.ndarray], tuple[Person, ...]]
_SPARSE = frozenset({"keypoints2d", "keypoints3d"})
_COVERED = 0.5
_LOYALTY = 1.2
"""How many times nearer than who is followed another one must be to be followed instead."""


@dataclass(frozen=True)
class ScenePolicy:
    """How a stream's people are followed and its depth becomes metres."""

    people: TrackPolicy = field(default_factory=TrackPolicy)
    depth: AlignmentPolicy = field(default_factory=AlignmentPolicy)

    def needs(self, wanted: frozenset[str]) -> frozenset[str]:
        """Return the tasks that must run so that the wanted ones can be answered properly.

        Several people are found by the mask; depth becomes metres on skeletons.
        """
        if "depth" in wanted and self.depth.source == "keypoints":
            wanted |= _SPARSE
        if wanted & _SPARSE and self.people.max_people > 1:
            wanted |= {"mask"}
        return wanted


class Scene:
    """One stream's memory: who is there, and what relative depth means.

    read_crops: looks at several people, each through a crop of (frames, padded, boxes, mask)
    """

    def __init__(self, policy: ScenePolicy, code: DepthCode, read_crops: ReadCrops) -> None:
        self._policy, self._code, self._read_crops = policy, code, read_crops
        self._tracker = Tracker(policy.people)
        self._aligner = DepthAligner(policy.depth)
        self._offset_ns = 0

    def shift(self, shift_ns: int) -> None:
        """Note that stamps are by so much ahead of those before, by another clock."""
        self._offset_ns += shift_ns

    def reset(self) -> None:
        """Forget everybody and what depth meant; ids are not given again."""
        self._offset_ns = 0
        self._tracker.reset()
        self._aligner.reset()

    def complete(
        self, seen: Perception, tasks: tuple[str, ...], frames: tuple[Frame, ...], padded: int
    ) -> Perception:
        """Add ids, instances and metres to what was seen in the newest of the window's frames.

        tasks:  what ran; without skeletons nobody is missed
        padded: how many places of the window repeat its first frame
        """
        frame, ratio = frames[-1], self._ratio(seen.depth_relative)
        people, labels, depth, metric, crowd = seen.people, None, None, None, Crowd()
        if _SPARSE & set(tasks):
            people, labels, crowd = self._follow(seen, ratio, frames, padded)
        if ratio is not None:
            predicted_distance = None
            # Who is nowhere in particular may be a picture of nothing.
            if any(person.root is not None for person in people):
                predicted_distance = _median_depth(seen.people, frame.intrinsics)
            depth, metric = self._aligner.align(
                ratio, people, frame.depth, seen.stamp_ns - self._offset_ns, predicted_distance
            )
        return replace(
            seen,
            people=people,
            depth=depth,
            metric=metric,
            instances=labels,
            not_looked_at=crowd.not_looked_at,
            others_m=crowd.nearest_of_others(depth),
        )

    def _follow(
        self,
        seen: Perception,
        ratio: np.ndarray | None,
        frames: tuple[Frame, ...],
        padded: int,
    ) -> tuple[tuple[Person, ...], np.ndarray | None, Crowd]:
        """Return everybody with ids and places, the instance labels, and who else is there."""
        parts, pieces, people = None, None, seen.people
        if seen.mask is not None:
            parts = instances.cut_pieces(seen.mask, ratio)
            pieces = instances.join_by_skeletons(parts, people)
            boxes = self._boxes(pieces, seen, ratio)
            if len(boxes) > 1:
                people = self._read_crops(frames, padded, boxes, seen.mask)
        intrinsics = frames[-1].intrinsics
        if intrinsics is not None:
            people = tuple(locate(person, intrinsics) for person in people)
        found = people
        people = tuple(
            person if person.seen else cut_to_image(person, seen.size)
            for person in self._tracker.update(people, seen.stamp_ns - self._offset_ns)
        )
        if pieces is None:
            return people, None, Crowd(self._tracker.left_out)
        shown = tuple(p for p in people if p.present)
        crowd = look_for_others(parts, pieces, found, self._tracker.left_out)
        return people, instances.label_people(pieces, shown, seen.mask), crowd

    def _ratio(self, value: np.ndarray | None) -> np.ndarray | None:
        """Undo the painting's curve: depth / median [H, W], NaN where unknown."""
        if value is None:
            return None
        # Off people most often nothing is known: looking where it ends is cheaper than logarithms.
        x, y, width, height = cv2.boundingRect(np.isfinite(value).view(np.uint8))
        known = np.s_[y : y + height, x : x + width]
        ratio = np.full_like(value, np.nan)
        ratio[known] = self._code.ratio_of_map(value[known])
        return ratio

    def _boxes(
        self, pieces: instances.Pieces, seen: Perception, ratio: np.ndarray | None
    ) -> list[Box]:
        """Return where to look, nearest first, at most as many as people may be.

        The nearest is looked at whoever else is there; of the others, those who are followed stay
        unless somebody else is much nearer.

        Pieces that should hold several people who are followed (they touch, or one hides another)
        are looked at where those people should be.
        """
        limit = self._policy.people.max_people
        if limit == 1:
            return []
        followed = self._tracker.expected(seen.stamp_ns - self._offset_ns)
        expected = [cut_to_image(person, seen.size).box for person in followed]
        near = pieces.nearness(ratio)
        boxes: list[tuple[float, float, Box]] = []
        for piece, nearness in zip(pieces.boxes, near, strict=True):
            within = [box for box in expected if _share_inside(box, piece) > _COVERED]
            loyalty = _LOYALTY if within else 1.0
            for box in within if len(within) > 1 else [piece]:
                # Of who touch, the larger one is in front.
                share = 0.5 + 0.5 * min(1.0, (box[2] * box[3]) / (piece[2] * piece[3]))
                boxes.append((nearness * share, loyalty, box))
        boxes.sort(key=lambda ranked: -ranked[0])
        nearest, others = boxes[:1], boxes[1:]
        others.sort(key=lambda ranked: -ranked[0] * ranked[1])
        return [box for _, _, box in (*nearest, *others)[:limit]]


def _median_depth(people: tuple[Person, ...], intrinsics: Intrinsics | None) -> float | None:
    """Return how far the look that depth is of says that people's median is, metres."""
    predicted_distance = people[0].metres_per_pixel if people else None
    return (
        None
        if predicted_distance is None or intrinsics is None
        else predicted_distance * intrinsics.fx
    )


def _share_inside(box: Box, other: Box) -> float:
    """Return which share of a box lies inside another one."""
    width = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    height = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0) / max(box[2] * box[3], 1)
