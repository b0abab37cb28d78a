# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics that perception_node publishes, each only while somebody subscribes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from visualization_msgs.msg import MarkerArray

from thfm_ros import tasks
from thfm_ros.frame import Frame
from thfm_ros.media.intrinsics import CameraInfoError
from thfm_ros.media.overlay import draw_banner, draw_mask, draw_skeletons
from thfm_ros.nodes import humans, markers, messages, qos, transforms
from thfm_ros.nodes.camera_info import camera_info_for
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.point_cloud import people_cloud
from thfm_ros.runtime.perception import Perception

ALL_TASKS = frozenset(tasks.TASKS)
_DEPTH = frozenset({"depth"})
_PEOPLE2D, _PEOPLE3D = frozenset({"keypoints2d"}), frozenset({"keypoints3d"})
_MASK = frozenset({"mask"})


@dataclass(frozen=True)
class OutputPolicy:
    """What is published beside the topics of `OUTPUTS`, and what never is.

    privacy:        no pixel of the camera leaves the node
    publish_tf:     the frames body_<id>
    publish_humans: REP-155 topics under /humans/bodies
    """

    privacy: bool = False
    publish_tf: bool = False
    publish_humans: bool = False


@dataclass(frozen=True)
class Shown:
    """All that a message may be made of: what was perceived, in which frame, by which camera.

    privacy:   the frame's pixels may not be shown
    rectified: the frame has no distortion any more, whatever info says
    """

    perception: Perception
    frame: Frame
    info: CameraInfo | None
    banner: str
    privacy: bool = False
    rectified: bool = False


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
    try:
        return camera_info_for(shown.info, header, shown.perception.size, shown.rectified)
    except CameraInfoError:
        # The camera's side warns of it; depth that a sensor or a parameter scales needs no camera.
        return None


def _overlay(shown: Shown) -> Image:
    image = np.zeros_like(shown.frame.image) if shown.privacy else shown.frame.image
    if shown.perception.mask is not None:
        image = draw_mask(image, shown.perception.mask)
    present = tuple(p for p in shown.perception.people if p.present)
    image = draw_skeletons(image, present)
    if shown.banner:
        image = draw_banner(image, shown.banner)
    return image_message(messages.header_of(shown.perception), image, "rgb8")


def _points(shown: Shown) -> PointCloud2 | None:
    seen, intrinsics = shown.perception, shown.frame.intrinsics
    if seen.depth is None or seen.instances is None or intrinsics is None:
        return None
    colours = None if shown.privacy else shown.frame.image
    header = messages.header_of(seen)
    return people_cloud(header, seen.depth, intrinsics, seen.instances, colours)


def _annotations() -> tuple[Output, ...]:
    """Return the topic for Foxglove's image panel, where its messages are installed."""
    if markers.ImageAnnotations is None:
        return ()
    make = markers.image_annotations
    kind = markers.ImageAnnotations
    return (Output("annotations", kind, _PEOPLE2D, lambda shown: make(shown.perception)),)


OUTPUTS = (
    # In this order: what a robot acts on before what is large, pictures to look at last.
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
    Output(
        "nearest_person",
        messages.NearestPerson,
        _PEOPLE3D,
        lambda shown: messages.nearest_person(shown.perception),
    ),
    Output(
        "markers",
        MarkerArray,
        _PEOPLE3D,
        lambda shown: markers.people_markers(shown.perception),
    ),
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
    Output(
        "mask/instances",
        Image,
        _MASK | _PEOPLE2D,
        lambda shown: (
            None
            if shown.perception.instances is None
            else messages.instances_image(shown.perception)
        ),
    ),
    _map("dense_pose", "dense_pose", "dense_pose/image", messages.dense_pose_image),
    Output("points", PointCloud2, _DEPTH | _MASK | _PEOPLE3D, _points),
    Output("overlay/image", Image, _MASK | _PEOPLE2D, _overlay),
    *_annotations(),
)


def _check_installed(policy: OutputPolicy) -> None:
    if policy.publish_tf and transforms.TFMessage is None:
        raise ValueError(f"publish_tf is true, but {transforms.MISSING}")
    if policy.publish_humans and humans.IdsList is None:
        raise ValueError(f"publish_humans is true, but {humans.MISSING}")


class Outputs:
    """The publishers of perception_node. One thread publishes.

    Raises ValueError when the policy asks for what is not installed.
    """

    def __init__(
        self, node: LifecycleNode, banner: str, policy: OutputPolicy | None = None
    ) -> None:
        self._node = node
        self._banner = banner
        self._policy = policy or OutputPolicy()
        _check_installed(self._policy)
        self._transforms = transforms.BodyTransforms(node) if self._policy.publish_tf else None
        self._humans = None
        if self._policy.publish_humans:
            self._humans = humans.HumanBodies(node, self._policy.privacy)
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
        subscribed = (
            o.tasks for o in OUTPUTS if self._publishers[o.topic].get_subscription_count()
        )
        asked = (extra.tasks for extra in (self._transforms, self._humans) if extra)
        return frozenset().union(*subscribed, *asked)

    def publish(
        self,
        perception: Perception,
        frame: Frame,
        info: CameraInfo | None,
        *,
        lazily: bool,
        rectified: bool = False,
    ) -> None:
        """Publish everything that is known (and, lazily, that is subscribed) but the statistics."""
        privacy = self._policy.privacy
        shown = Shown(perception, frame, info, self._banner, privacy, rectified)
        for output in OUTPUTS:
            publisher = self._publishers[output.topic]
            if lazily and not publisher.get_subscription_count():
                continue
            message = output.make(shown)
            if message is not None:
                publisher.publish(message)
        if self._transforms:
            self._transforms.publish(perception)
        if self._humans:
            self._humans.publish(perception, frame)

    def publish_stats(self, stats: messages.InferenceStats) -> None:
        """Publish the statistics, which close the messages of one stamp."""
        self._stats.publish(stats)

    def close(self) -> None:
        """Destroy the publishers."""
        for publisher in (*self._publishers.values(), self._stats):
            self._node.destroy_lifecycle_publisher(publisher)
        self._node.destroy_publisher(self._skeleton_info)
        for extra in (self._transforms, self._humans):
            if extra:
                extra.close()

    def _create(self, kind: type, topic: str) -> object:
        return self._node.create_lifecycle_publisher(
            kind, topic, qos.RESULT, qos_overriding_options=qos.OVERRIDES
        )
