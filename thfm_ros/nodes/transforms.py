# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TF frames body_<id>, off by default: what tf2_ros.TransformBroadcaster would send, on /tf."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode

from thfm_ros.nodes import messages, qos
from thfm_ros.nodes.body_frame import body_transform
from thfm_ros.perception import Perception

try:
    from tf2_msgs.msg import TFMessage
except ImportError:
    TFMessage = None
"""None where tf2_msgs is not installed."""

MISSING = "tf2_msgs is not installed: apt install ros-$ROS_DISTRO-tf2-msgs"


class BodyTransforms:
    """Broadcasts the body frames of those whose metres are known."""

    tasks = frozenset({"keypoints3d"})

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._publisher = node.create_lifecycle_publisher(
            TFMessage, "/tf", qos.TRANSFORMS, qos_overriding_options=qos.OVERRIDES
        )

    def publish(self, perception: Perception) -> None:
        """Send a frame for everybody who is there; a camera without a frame_id has no children."""
        if not perception.frame_id:
            return
        header = messages.header_of(perception)
        present = [p for p in perception.people if p.present]
        transforms = [body_transform(header, person) for person in present]
        known = [transform for transform in transforms if transform is not None]
        if known:
            self._publisher.publish(TFMessage(transforms=known))

    def close(self) -> None:
        """Destroy the publisher."""
        self._node.destroy_lifecycle_publisher(self._publisher)
