# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The message types that bags are read and written by without ROS: ROS 2's, ours, and video."""

from __future__ import annotations

from pathlib import Path

from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from thfm_ros.tasks import STANDARD_MAPS

COMPRESSED_VIDEO = "foxglove_msgs/msg/CompressedVideo"
FFMPEG_PACKET = "ffmpeg_image_transport_msgs/msg/FFMPEGPacket"
VIDEO = {
    COMPRESSED_VIDEO: """builtin_interfaces/Time timestamp
string frame_id
uint8[] data
string format
""",
    FFMPEG_PACKET: """std_msgs/Header header
int32 width
int32 height
string encoding
uint64 pts
uint8 flags
bool is_bigendian
uint8[] data
""",
}
"""Definitions of types that ROS 2 does not come with, for bags that have none."""
ARRIVAL = "image/arrival"
"""Topic of std_msgs/Header in bags of results: when each image reached the one who wrote it."""
RESULTS = {
    "depth/image": "sensor_msgs/msg/Image",
    **{task.topic: "sensor_msgs/msg/Image" for task in STANDARD_MAPS.values()},
    "keypoints2d": "thfm_ros/msg/Keypoints2D",
    "keypoints3d": "thfm_ros/msg/Keypoints3D",
    "stats": "thfm_ros/msg/InferenceStats",
}
"""What is recorded to be evaluated: topic in the node's namespace -> type."""


def message_folder() -> Path:
    """Return the folder of our .msg files: beside the package in a source tree, else in share/."""
    for parent in Path(__file__).resolve().parents:
        for folder in (parent / "msg", parent / "share" / "thfm_ros" / "msg"):
            if (folder / "Keypoints2D.msg").exists():
                return folder
    raise FileNotFoundError("the msg/ folder of thfm_ros was not found beside the Python package")


def typestore():
    """Return rosbags' type store of ROS 2, with ours (from msg/) and packets of video added."""
    store = get_typestore(Stores.ROS2_JAZZY)
    types = {}
    for name, definition in VIDEO.items():
        types.update(get_types_from_msg(definition, name))
    for path in sorted(message_folder().glob("*.msg")):
        types.update(get_types_from_msg(path.read_text(), f"thfm_ros/msg/{path.stem}"))
    store.register(types)
    return store
