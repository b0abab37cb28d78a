# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A bag as frames with their ground truth, in order, everything that is wrong with it counted."""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from thfm_ros.evaluation.replay.references import find_references, truth_from
from thfm_ros.evaluation.truth import NOTHING_KNOWN, Truth
from thfm_ros.frame import Frame
from thfm_ros.media.bag_reader import BagReader, storage_files
from thfm_ros.media.bags import camera_topic, info_topic_beside
from thfm_ros.media.camera_messages import CameraMessages, stamp_ns
from thfm_ros.media.errors import SourceError
from thfm_ros.runtime.stream.intake import admitted

_HORIZON_NS = 1_000_000_000
"""How long an image waits for its references."""
_REMEMBERED = 64


@dataclass(frozen=True)
class Sample:
    """One frame and what is known about it.

    reset:    why the stream starts anew with this frame; "" = it goes on
    shift_ns: by how much the clock of its stamp is ahead of that of the frame before
    """

    frame: Frame
    truth: Truth = NOTHING_KNOWN
    reset: str = ""
    shift_ns: int = 0


@dataclass(frozen=True)
class _Image:
    message: object
    stamp_ns: int
    recorded_ns: int


class Recording:
    """A bag to evaluate; use as a context manager. Raises SourceError or ValueError at entry.

    image:      topic of the camera's images, "" = the only one
    references: our topic -> the bag's topic to compare it with; the rest is found in /ground_truth/
    Stamps are judged as the node does in mode `every`: repeated and late frames are left out.
    """

    def __init__(
        self, path: Path, image: str = "", references: dict[str, str] | None = None
    ) -> None:
        self.path = Path(path)
        self.image = image
        self.references = references or {}
        self.skipped: Counter[str] = Counter()
        self.stamps: list[int] = []
        self._bag = BagReader(self.path)
        self._info_topic = ""
        self._camera: CameraMessages | None = None

    def __enter__(self) -> Recording:
        self._bag.__enter__()
        try:
            self._choose_topics()
        except BaseException:
            self._bag.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._bag.__exit__(*error)

    @property
    def problems(self) -> list[str]:
        """What is missing of the recording, one line each; empty = all of it was read."""
        return [*self._bag.problems, *(f"{count} {what}" for what, count in self.skipped.items())]

    @property
    def expected(self) -> int:
        """How many images the bag's index promises."""
        return self._bag.counts[self.image]

    @property
    def rate_hz(self) -> float:
        """Frames per second, from the median gap between frames so far; 0 with fewer than two."""
        return rate_of(self.stamps)

    def samples(self) -> Iterator[Sample]:
        """Yield the frames in the order of recording; SourceError when there is not one."""
        for taken in admitted(self._samples(), lambda s: s.frame.stamp_ns, self.skipped):
            self.stamps.append(taken.item.frame.stamp_ns)
            yield replace(taken.item, reset=taken.reset, shift_ns=taken.shift_ns)
        if not self.stamps:
            reason = "; ".join(self.problems) or "zero messages"
            raise SourceError(f"{self.path} has no usable images on {self.image}: {reason}")

    def describe(self) -> dict:
        """Return what was read, for the report."""
        gaps = np.diff(self.stamps)
        return {
            "name": self.path.name,
            "sha256": bag_hash(self.path),
            "image_topic": self.image,
            "references": dict(sorted(self.references.items())),
            "frames": len(self.stamps),
            "expected_frames": self.expected,
            "duration_s": round(float(gaps[gaps > 0].sum()) * 1e-9, 6),
            "rate_hz": round(self.rate_hz, 3),
            "problems": self.problems,
        }

    def _choose_topics(self) -> None:
        topics = self._bag.topics
        if not topics:
            raise SourceError(f"{self.path} has no topics: nothing was recorded")
        self.image = camera_topic(self._bag, self.image)
        self.references = find_references(topics, self.references)
        self._info_topic = info_topic_beside(self._bag, self.image)
        self._camera = CameraMessages(self.image, topics[self.image], self.skipped)

    def _images(self) -> Iterator[tuple[_Image, dict[str, object]]]:
        """Yield each image with the references of its stamp, as soon as those are complete."""
        kinds = {topic: kind for kind, topic in self.references.items()}
        waiting: deque[_Image] = deque()
        references: OrderedDict[int, dict[str, object]] = OrderedDict()
        topics = {self.image, self._info_topic, *kinds} - {""}
        for topic, recorded_ns, message in self._bag.messages(topics):
            if topic == self._info_topic:
                self._camera.info = message
            elif topic == self.image:
                stamp = self._camera.stamp_ns(message, recorded_ns)
                waiting.append(_Image(message, stamp, recorded_ns))
            else:
                references.setdefault(stamp_ns(message), {})[kinds[topic]] = message
                if len(references) > _REMEMBERED:
                    references.popitem(last=False)
            while waiting and (
                self._has_all(references.get(waiting[0].stamp_ns, {}))
                or recorded_ns - waiting[0].recorded_ns > _HORIZON_NS
            ):
                image = waiting.popleft()
                yield image, references.get(image.stamp_ns, {})
        for image in waiting:
            yield image, references.get(image.stamp_ns, {})

    def _has_all(self, references: dict[str, object]) -> bool:
        calibrated = self._camera.info is not None or not self._info_topic
        return calibrated and len(references) == len(self.references)

    def _samples(self) -> Iterator[Sample]:
        for image, references in self._images():
            for frame in self._camera.frames(image.message, image.stamp_ns):
                yield self._sample(frame, references)

    def _sample(self, frame: Frame, references: dict[str, object]) -> Sample:
        missing = self.references.keys() - references.keys()
        for kind in sorted(missing):
            self.skipped[f"frames without reference {self.references[kind]}"] += 1
        try:
            return Sample(frame, truth_from(references, frame.size))
        except ValueError as error:
            self.skipped[f"frames without ground truth: {error}"] += 1
            return Sample(frame)


def rate_of(stamps: list[int]) -> float:
    """Return frames per second from the median gap of stamps in nanoseconds; 0 below two."""
    gaps = np.diff(stamps)
    gaps = gaps[gaps > 0]
    return float(1e9 / np.median(gaps)) if gaps.size else 0.0


def bag_hash(path: Path) -> str:
    """Return SHA-256 over the bag's storage files, in order; their names do not count."""
    digest = hashlib.sha256()
    for file in storage_files(Path(path)):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
