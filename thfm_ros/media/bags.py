# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Camera images from rosbag2 recordings, read without ROS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from thfm_ros.frame import Frame
from thfm_ros.media.bag_reader import BagReader, is_storage, storage_files
from thfm_ros.media.camera_messages import IMAGE_TYPES, INFO_TYPE, CameraMessages
from thfm_ros.media.errors import SourceError
from thfm_ros.media.frames import Frames
from thfm_ros.media.transports import camera_of, info_topics_of

_NOT_CAMERA = ("depth", "Depth", "mask", "normals", "disparity", "ground_truth")


def is_bag(path: Path) -> bool:
    """Whether path is a rosbag2 folder (metadata.yaml may be missing), or a file of a recording."""
    if path.is_dir():
        return (path / "metadata.yaml").is_file() or bool(storage_files(path))
    return is_storage(path)


def read_frames(path: Path, topic: str = "") -> Frames:
    """Return the images of a bag with their headers' stamps, and intrinsics where it has them.

    topic: of the images; "" = the only colour camera's
    """
    return Frames(str(path), lambda skipped, problems: _read(path, topic, skipped, problems))


def _read(path: Path, topic: str, skipped: Counter[str], problems: list[str]) -> Iterator[Frame]:
    with BagReader(path) as bag:
        topic = camera_topic(bag, topic)
        camera = CameraMessages(topic, bag.topics[topic], skipped)
        info_topic = info_topic_beside(bag, topic)
        try:
            for name, recorded_ns, message in bag.messages({topic, info_topic} - {""}):
                if name == info_topic:
                    camera.info = message
                else:
                    yield from camera.frames(message, camera.stamp_ns(message, recorded_ns))
        finally:
            problems += bag.problems


def info_topic_beside(bag: BagReader, image_topic: str) -> str:
    """Return the topic of the camera_info that belongs to the images; "" if there is none."""
    topics = info_topics_of(image_topic)
    return next((topic for topic in topics if bag.topics.get(topic) == INFO_TYPE), "")


def camera_topic(bag: BagReader, topic: str = "") -> str:
    """Return the topic of the images; SourceError if it is not there or cannot be guessed.

    Several transports of one camera are one camera: what was lost least is read. A topic that is
    named without its transport is found, too.
    """
    images = {name for name, kind in bag.topics.items() if kind in IMAGE_TYPES}

    def faithful(name: str) -> tuple:
        return bag.counts[name] == 0, IMAGE_TYPES.index(bag.topics[name]), name

    if topic:
        found = {topic} & images or {name for name in images if camera_of(name) == topic}
        if not found:
            names = sorted(images)
            raise SourceError(f"{bag.path} has no images on {topic}; its image topics are {names}")
        return min(found, key=faithful)
    cameras: dict[str, list[str]] = {}
    for name in images:
        if not any(word in name for word in _NOT_CAMERA):
            cameras.setdefault(camera_of(name), []).append(name)
    if not cameras:
        reasons = "".join(f"; {problem}" for problem in bag.problems)
        names = sorted(bag.topics)
        raise SourceError(f"{bag.path} has no images of a camera; its topics are {names}{reasons}")
    if len(cameras) != 1:
        raise SourceError(
            f"{bag.path} has {len(cameras)} camera topics {sorted(cameras)}; name one (--topic)"
        )
    (names,) = cameras.values()
    return min(names, key=faithful)
