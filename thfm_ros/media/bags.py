# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Camera images from rosbag2 recordings, read without ROS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from thfm_ros.frame import Frame
from thfm_ros.media.bag_reader import STORAGE_SUFFIXES, BagReader, storage_files
from thfm_ros.media.camera_messages import IMAGE_TYPES, INFO_TYPE, CameraMessages
from thfm_ros.media.errors import SourceError
from thfm_ros.media.frames import Frames

_NOT_CAMERA = ("depth", "mask", "normals", "disparity", "ground_truth")


def is_bag(path: Path) -> bool:
    """Whether path is a rosbag2 folder (metadata.yaml may be missing), or one of its files."""
    if path.is_dir():
        return (path / "metadata.yaml").is_file() or bool(storage_files(path))
    return path.suffix in STORAGE_SUFFIXES


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
    namespace = image_topic.removesuffix("/compressed").rpartition("/")[0]
    topic = f"{namespace}/camera_info"
    return topic if bag.topics.get(topic) == INFO_TYPE else ""


def camera_topic(bag: BagReader, topic: str = "") -> str:
    """Return the topic of the images; SourceError if it is not there or cannot be guessed."""
    images = {name for name, kind in bag.topics.items() if kind in IMAGE_TYPES}
    if topic:
        if topic not in images:
            names = sorted(images)
            raise SourceError(f"{bag.path} has no images on {topic}; its image topics are {names}")
        return topic
    cameras = sorted(t for t in images if not any(word in t for word in _NOT_CAMERA))
    if len(cameras) != 1:
        raise SourceError(f"{bag.path} has {len(cameras)} camera topics {cameras}; name one")
    return cameras[0]
