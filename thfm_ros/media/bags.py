# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Camera images from rosbag2 recordings, read without ROS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.typesys import Stores, get_typestore

from thfm_ros.frame import Frame
from thfm_ros.media.errors import SourceError
from thfm_ros.media.images import rgb_from_compressed, rgb_from_message

_DECODERS = {
    "sensor_msgs/msg/Image": rgb_from_message,
    "sensor_msgs/msg/CompressedImage": rgb_from_compressed,
}
_NOT_CAMERA = ("depth", "mask", "normals", "disparity", "ground_truth")


def is_bag(path: Path) -> bool:
    """Whether path is a rosbag2 folder, or one of its files."""
    return path.suffix in (".mcap", ".db3") or (path / "metadata.yaml").is_file()


def read_frames(path: Path, topic: str = "") -> Iterator[Frame]:
    """Yield the images of a bag with the stamps of their headers.

    topic: of type Image or CompressedImage; "" = the only colour camera's
    """
    try:
        with AnyReader([path], default_typestore=get_typestore(Stores.ROS2_JAZZY)) as reader:
            connections = [c for c in reader.connections if c.msgtype in _DECODERS]
            topic = topic or _only_camera(path, {c.topic for c in connections})
            chosen = [c for c in connections if c.topic == topic]
            if not chosen:
                names = sorted({c.topic for c in connections})
                raise SourceError(f"{path} has no images on {topic}; its image topics are {names}")
            for connection, _, data in reader.messages(chosen):
                message = reader.deserialize(data, connection.msgtype)
                stamp = message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec
                image = _DECODERS[connection.msgtype](message)
                yield Frame(stamp, image, message.header.frame_id)
    except AnyReaderError as error:
        raise SourceError(f"{path} cannot be read as a bag: {error}") from error


def _only_camera(path: Path, topics: set[str]) -> str:
    cameras = sorted(t for t in topics if not any(word in t for word in _NOT_CAMERA))
    if len(cameras) != 1:
        raise SourceError(f"{path} has {len(cameras)} camera topics {cameras}; name one")
    return cameras[0]
