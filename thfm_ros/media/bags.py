# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Camera images from rosbag2 recordings, read without ROS."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.media.bag_reader import STORAGE_SUFFIXES, BagReader, storage_files
from thfm_ros.media.errors import SourceError
from thfm_ros.media.images import rgb_from_compressed, rgb_from_message
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from, is_rectified

DECODERS = {
    "sensor_msgs/msg/Image": rgb_from_message,
    "sensor_msgs/msg/CompressedImage": rgb_from_compressed,
}
_NOT_CAMERA = ("depth", "mask", "normals", "disparity", "ground_truth")


def is_bag(path: Path) -> bool:
    """Whether path is a rosbag2 folder (metadata.yaml may be missing), or one of its files."""
    if path.is_dir():
        return (path / "metadata.yaml").is_file() or bool(storage_files(path))
    return path.suffix in STORAGE_SUFFIXES


def read_frames(path: Path, topic: str = "") -> Iterator[Frame]:
    """Yield the images of a bag with the stamps of their headers, and intrinsics where it has them.

    topic: of type Image or CompressedImage; "" = the only colour camera's
    """
    with BagReader(path) as bag:
        topic = camera_topic(bag, topic)
        decode = DECODERS[bag.topics[topic]]
        info_topic, info = info_topic_beside(bag, topic), None
        for name, _, message in bag.messages({topic, info_topic} - {""}):
            if name == info_topic:
                info = message
                continue
            image = decode(message)
            intrinsics = _intrinsics(info, image.shape[1::-1], is_rectified(topic))
            yield Frame(stamp_ns(message), image, message.header.frame_id, intrinsics)


def info_topic_beside(bag: BagReader, image_topic: str) -> str:
    """Return the topic of the camera_info that belongs to the images; "" if there is none."""
    namespace = image_topic.removesuffix("/compressed").rpartition("/")[0]
    topic = f"{namespace}/camera_info"
    return topic if bag.topics.get(topic) == "sensor_msgs/msg/CameraInfo" else ""


def camera_topic(bag: BagReader, topic: str = "") -> str:
    """Return the topic of the images; SourceError if it is not there or cannot be guessed."""
    images = {name for name, kind in bag.topics.items() if kind in DECODERS}
    if topic:
        if topic not in images:
            names = sorted(images)
            raise SourceError(f"{bag.path} has no images on {topic}; its image topics are {names}")
        return topic
    cameras = sorted(t for t in images if not any(word in t for word in _NOT_CAMERA))
    if len(cameras) != 1:
        raise SourceError(f"{bag.path} has {len(cameras)} camera topics {cameras}; name one")
    return cameras[0]


def stamp_ns(message: object) -> int:
    """Return the stamp of a message's header in nanoseconds."""
    stamp = message.header.stamp
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def _intrinsics(info: object | None, size: tuple[int, int], rectified: bool) -> Intrinsics | None:
    """Return the intrinsics of a camera_info; None where it is of no use."""
    with contextlib.suppress(CameraInfoError):
        return None if info is None else intrinsics_from(info, size, rectified)
