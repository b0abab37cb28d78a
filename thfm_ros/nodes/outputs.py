# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics that perception_node publishes, each only while somebody subscribes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, Image

from thfm_ros import tasks
from thfm_ros.frame import Frame
from thfm_ros.media.overlay import draw_banner, draw_mask, draw_skeletons
from thfm_ros.nodes import messages, qos
from thfm_ros.nodes.camera_info import camera_info_for
from thfm_ros.nodes.images import image_message
from thfm_ros.runtime.perception import Perception

ALL_TASKS = frozenset(tasks.TASKS)
_DEPTH = frozenset({"depth"})


@dataclass(frozen=True)
class Shown:
    """All that a message may be made of: what was perceived, in which frame, by which camera."""

    perception: Perception
    frame: Frame
    info: CameraInfo | None
    banner: str


@dataclass(frozen=True)
class Output:
    """A topic, the tasks it needs, and how its message is made (None = nothing to say now)."""

    topic: str
    type: type
    tasks: frozenset[str]
    make: Callable[[Shown], object | None]


def _map(field: str, task: str, topic: str, make: Callable[[Perception], Image]) -> Output:
    def make_if_known(shown: Shown) -> Image | None:
        return None if getattr(shown.perception, field) is None else make(shown.perception)

    return Output(topic, Image, frozenset({task}), make_if_known)


def _depth_camera_info(shown: Shown) -> CameraInfo | None:
    if shown.perception.depth is None or shown.info is None:
        return None
    header = messages.header_of(shown.perception)
    return camera_info_for(shown.info, header, shown.perception.size)


def _overlay(shown: Shown) -> Image:
    image = shown.frame.image
    if shown.perception.mask is not None:
        image = draw_mask(image, shown.perception.mask)
    image = draw_skeletons(image, shown.perception.people)
    if shown.banner:
        image = draw_banner(image, shown.banner)
    return image_message(messages.header_of(shown.perception), image, "rgb8")


OUTPUTS = (
    _map("depth", "depth", "depth/image", messages.depth_image),
    Output("depth/camera_info", CameraInfo, _DEPTH, _depth_camera_info),
    Output(
        "depth/info",
        messages.DepthInfo,
        _DEPTH,
        lambda shown: messages.depth_info(shown.perception),
    ),
    _map("depth_relative", "depth", "depth_relative/image", messages.depth_relative_image),
    _map("normals", "normals", "normals/image", messages.normals_image),
    _map("mask", "mask", "mask/image", messages.mask_image),
    _map("dense_pose", "dense_pose", "dense_pose/image", messages.dense_pose_image),
    Output(
        "keypoints2d",
        messages.Keypoints2D,
        frozenset({"keypoints2d"}),
        lambda shown: messages.keypoints2d(shown.perception),
    ),
    Output(
        "keypoints3d",
        messages.Keypoints3D,
        frozenset({"keypoints3d"}),
        lambda shown: messages.keypoints3d(shown.perception),
    ),
    Output("overlay/image", Image, frozenset({"mask", "keypoints2d"}), _overlay),
)


class Outputs:
    """The publishers of perception_node. Publishing happens on the inference thread only."""

    def __init__(self, node: LifecycleNode, banner: str) -> None:
        self._node = node
        self._banner = banner
        self._publishers = {
            output.topic: self._create(output.type, output.topic) for output in OUTPUTS
        }
        self._stats = self._create(messages.InferenceStats, "stats")
        self._skeleton_info = node.create_publisher(
            messages.SkeletonInfo,
            "skeleton_info",
            qos.LATCHED,
            qos_overriding_options=qos.OVERRIDES,
        )
        self._skeleton_info.publish(messages.skeleton_info(node.get_clock().now().to_msg()))

    def wanted(self, lazily: bool) -> frozenset[str]:
        """Return the tasks whose results would be published now."""
        if not lazily:
            return ALL_TASKS
        return frozenset().union(
            *(o.tasks for o in OUTPUTS if self._publishers[o.topic].get_subscription_count())
        )

    def publish(
        self, perception: Perception, frame: Frame, info: CameraInfo | None, lazily: bool
    ) -> None:
        """Publish everything that is known (and, lazily, that is subscribed) but the statistics."""
        shown = Shown(perception, frame, info, self._banner)
        for output in OUTPUTS:
            publisher = self._publishers[output.topic]
            if lazily and not publisher.get_subscription_count():
                continue
            message = output.make(shown)
            if message is not None:
                publisher.publish(message)

    def publish_stats(self, stats: messages.InferenceStats) -> None:
        """Publish the statistics, which close the messages of one stamp."""
        self._stats.publish(stats)

    def close(self) -> None:
        """Destroy the publishers."""
        for publisher in (*self._publishers.values(), self._stats):
            self._node.destroy_lifecycle_publisher(publisher)
        self._node.destroy_publisher(self._skeleton_info)

    def _create(self, kind: type, topic: str) -> object:
        return self._node.create_lifecycle_publisher(
            kind, topic, qos.RESULT, qos_overriding_options=qos.OVERRIDES
        )
