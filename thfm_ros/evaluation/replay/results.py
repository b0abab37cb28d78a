# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Results that were published on topics and written into a bag, read as perceptions again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thfm_ros import skeleton
from thfm_ros.interfaces import ARRIVAL
from thfm_ros.media.bag_reader import BagReader
from thfm_ros.media.camera_messages import stamp_ns
from thfm_ros.media.maps import map_from_message
from thfm_ros.perception import InferenceTimes, Perception, Person, TrackState
from thfm_ros.tasks import STANDARD_MAPS

_LAST = "stats"
"""Published after all the others of its stamp."""
_REMEMBERED = 64


def read_results(path: Path) -> Iterator[tuple[Perception, int, int, object]]:
    """Yield (perception, arrival of its image, arrival of its last result, stats) by stamp.

    Arrivals are nanoseconds of the writer's clock; that of the image is 0 where it was not seen.
    """
    waiting: OrderedDict[int, dict[str, tuple[int, object]]] = OrderedDict()
    with BagReader(path) as bag:
        for topic, recorded_ns, message in bag.messages(bag.topics):
            stamp = _stamp(topic, message)
            bundle = waiting.setdefault(stamp, {})
            bundle[topic] = (recorded_ns, message)
            if len(waiting) > _REMEMBERED:
                yield from _finished(*waiting.popitem(last=False))
        for stamp, bundle in waiting.items():
            yield from _finished(stamp, bundle)


def _stamp(topic: str, message: object) -> int:
    if topic == ARRIVAL:
        return message.stamp.sec * 1_000_000_000 + message.stamp.nanosec
    return stamp_ns(message)


def _finished(stamp: int, bundle: dict) -> Iterator[tuple[Perception, int, int, object]]:
    """Yield what came of one image; nothing for an image without a result."""
    if _LAST in bundle:
        arrived, stats = bundle[_LAST]
        seen = bundle.get(ARRIVAL, (0, None))[0]
        messages = {topic: message for topic, (_, message) in bundle.items()}
        yield perception_from(stamp, messages), seen, arrived, stats


def perception_from(stamp: int, messages: dict[str, object]) -> Perception:
    """Put the messages of one stamp (topic -> message) together; stats must be among them."""
    stats = messages[_LAST]
    maps = {
        name: task.from_pixels(map_from_message(messages[task.topic]))
        for name, task in STANDARD_MAPS.items()
        if task.topic in messages
    }
    depth = messages.get("depth/image")
    depth = None if depth is None else map_from_message(depth)
    flat = messages.get("keypoints2d")
    people = () if flat is None else people_from(flat, messages.get("keypoints3d"))
    first, last = (_nanoseconds(t) for t in (stats.window_first, stats.window_last))
    shapes = [m.shape[1::-1] for m in (depth, *maps.values()) if m is not None]
    return Perception(
        stamp_ns=stamp,
        frame_id=stats.header.frame_id,
        size=shapes[0] if shapes else (flat.width, flat.height) if flat else (0, 0),
        window=(first, last),
        frames_padded=stats.frames_padded,
        people=people,
        times=InferenceTimes(
            stats.queue_ms, stats.preprocess_ms, stats.inference_ms, stats.postprocess_ms
        ),
        backend=stats.backend,
        maps=maps,
        depth=depth,
    )


def people_from(flat: object, space: object | None) -> tuple[Person, ...]:
    """Read the people of Keypoints2D and Keypoints3D of one stamp; without 3D that is NaN."""
    bodies = [None] * len(flat.persons) if space is None else space.persons
    return tuple(_person(f, b) for f, b in zip(flat.persons, bodies, strict=True))


def _person(flat: object, body: object | None) -> Person:
    relative, metric = np.full((skeleton.COUNT, 3), np.nan, np.float32), None
    if body is not None:
        relative = np.stack((body.relative_x, body.relative_y, body.relative_z), -1)
        metric = np.stack((body.x, body.y, body.z), -1).astype(np.float32)
        metric = metric if np.isfinite(metric).any() else None
    roi = flat.roi
    return Person(
        score=min(max(flat.score, 0.0), 1.0),
        pixels=np.stack((flat.x, flat.y), -1).astype(np.float32),
        relative=relative.astype(np.float32),
        metric=metric,
        confidence=np.array(flat.confidence, np.float32),
        state=np.array(flat.state, np.uint8),
        box=(roi.x_offset, roi.y_offset, roi.width, roi.height),
        id=flat.id,
        track_state=TrackState(flat.track_state),
    )


def _nanoseconds(time: object) -> int:
    return time.sec * 1_000_000_000 + time.nanosec
