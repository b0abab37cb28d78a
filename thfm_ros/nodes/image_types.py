# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The message types of a camera's transports, and what the graph says of a topic that is silent."""

from __future__ import annotations

import importlib

from rclpy.node import Node

from thfm_ros.interfaces import COMPRESSED_VIDEO, FFMPEG_PACKET
from thfm_ros.media.transports import camera_of

TYPE_NAMES = {
    "raw": "sensor_msgs/msg/Image",
    "compressed": "sensor_msgs/msg/CompressedImage",
    "ffmpeg": FFMPEG_PACKET,
    "foxglove": COMPRESSED_VIDEO,
}
"""image_transport's names, and what each publishes on its topic."""
_SHOWN = 5
_NAME_NOT_YET_KNOWN = "_NODE_NAME_UNKNOWN_"


def message_type(transport: str) -> type:
    """Return the class of a transport's messages; ValueError where its package is missing."""
    package, _, name = TYPE_NAMES[transport].split("/")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), name)
    except ImportError as error:
        raise ValueError(
            f"image_transport is {transport!r}, which needs {package}: "
            f"apt install ros-$ROS_DISTRO-{package.replace('_', '-')}"
        ) from error


def why_silent(node: Node, topic: str, type_name: str) -> str:
    """Return what is wrong with the publishers of a topic, and what to do; "" = nothing is seen."""
    publishers = node.get_publishers_info_by_topic(topic)
    others = [p for p in publishers if p.topic_type != type_name]
    if len(publishers) > len(others):
        return ""
    if others:
        kind = others[0].topic_type
        senders = {p.node_name for p in others} - {_NAME_NOT_YET_KNOWN}
        source = f", from {', '.join(sorted(senders))}" if senders else ""
        return (
            f"{topic} carries {kind}{source}, this node reads {type_name}: {_advice(topic, kind)}"
        )
    offered = sorted(
        name
        for name, kinds in node.get_topic_names_and_types()
        if set(kinds) & set(TYPE_NAMES.values()) and node.count_publishers(name)
    )
    # Our own results are images, too.
    own = f"{node.get_namespace().rstrip('/')}/"
    offered = [name for name in offered if not name.startswith(own)][:_SHOWN]
    return f"nobody publishes it; images are on {', '.join(offered) or 'no topic'}"


def who_sends(node: Node, topic: str) -> str:
    """Return who publishes a topic, in words; "" where the graph does not know."""
    publishers = node.get_publishers_info_by_topic(topic)
    names = sorted({p.node_name for p in publishers} - {_NAME_NOT_YET_KNOWN})
    if len(publishers) > 1:
        return f"{len(publishers)} publishers, of {', '.join(names) or 'unknown nodes'}"
    return f"its one publisher, {names[0]}" if names else ""


def _advice(topic: str, kind: str) -> str:
    transport = next((name for name, known in TYPE_NAMES.items() if known == kind), "")
    if not transport:
        return "give the topic of the camera's images"
    if transport == "raw" or topic.endswith(f"/{transport}"):
        return f"set image_topic: {camera_of(topic)} and image_transport: {transport}"
    return f"set image_transport: {transport}, and name its topic {topic}/{transport}"
