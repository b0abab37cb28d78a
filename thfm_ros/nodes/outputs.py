# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics that perception_node publishes, each only while somebody subscribes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from thfm_ros import tasks
from thfm_ros.frame import Frame
from thfm_ros.media.intrinsics import CameraInfoError
from thfm_ros.media.overlay import draw_banner, draw_mask, draw_skeletons
from thfm_ros.nodes import detections, humans, markers, messages, qos, transforms
from thfm_ros.nodes.camera_info import camera_info_for
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.point_cloud import people_cloud
from thfm_ros.nodes.rectify import rectified_depth
from thfm_ros.perception import Perception
from thfm_ros.runtime.scene.nearest import NEEDED
from thfm_ros.tasks import DenseTask

NEAREST = "nearest_person"
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
    heartbeat_s:    the longest silence of nearest_person, seconds
    tasks:          what is computed; a task that few weights have has a topic only then
    """

    privacy: bool = False
    publish_tf: bool = False
    publish_humans: bool = False
    heartbeat_s: float = 1.0
    tasks: tuple[str, ...] = tasks.STANDARD


@dataclass(frozen=True)
class Result:
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
    """A topic, the tasks it needs, and how its message is made (None = nothing to say now).

    at_once: small and waited for: published before anything that is large
    vital:   a robot's safety may rest on it: it has a deadline
    """

    topic: str
    type: type
    tasks: frozenset[str]
    make: Callable[[Result], object | None]
    at_once: bool = False
    vital: bool = False


def _map(task: DenseTask) -> Output:
    def make(result: Result) -> Image | None:
        known = task.name in result.perception.maps
        return messages.map_image(result.perception, task) if known else None

    return Output(task.topic, Image, frozenset({task.name}), make)


def _depth(result: Result) -> Image | None:
    known = result.perception.depth is not None
    return messages.depth_image(result.perception) if known else None


def _depth_camera_info(result: Result) -> CameraInfo | None:
    if result.perception.depth is None or result.info is None:
        return None
    header = messages.header_of(result.perception)
    try:
        return camera_info_for(result.info, header, result.perception.size, result.rectified)
    except CameraInfoError:
        # The camera's side warns of it; depth that a sensor or a parameter scales needs no camera.
        return None


def _depth_rectified(result: Result) -> Image | None:
    info, camera = _depth_camera_info(result), result.frame.intrinsics
    if info is None or camera is None:
        return None
    depth = rectified_depth(result.perception.depth, camera, info)
    return image_message(messages.header_of(result.perception), depth, "32FC1")


def _overlay(result: Result) -> Image:
    image = np.zeros_like(result.frame.image) if result.privacy else result.frame.image
    if result.perception.mask is not None:
        image = draw_mask(image, result.perception.mask)
    present = tuple(p for p in result.perception.people if p.present)
    image = draw_skeletons(image, present)
    if result.banner:
        image = draw_banner(image, result.banner)
    return image_message(messages.header_of(result.perception), image, "rgb8")


def _points(result: Result) -> PointCloud2 | None:
    seen, intrinsics = result.perception, result.frame.intrinsics
    if seen.depth is None or seen.instances is None or intrinsics is None:
        return None
    colours = None if result.privacy else result.frame.image
    header = messages.header_of(seen)
    return people_cloud(header, seen.depth, intrinsics, seen.instances, colours)


def _annotations() -> tuple[Output, ...]:
    """Return the topic for Foxglove's image panel, where its messages are installed."""
    if markers.ImageAnnotations is None:
        return ()
    make = markers.image_annotations
    kind = markers.ImageAnnotations
    return (Output("annotations", kind, _PEOPLE2D, lambda result: make(result.perception)),)


def _detections() -> tuple[Output, ...]:
    """Return the topics of vision_msgs and people_msgs, where those are installed."""

    def output(topic: str, kind: type, needed: frozenset[str], make: Callable) -> Output:
        (looked,) = needed & (_PEOPLE2D | _PEOPLE3D)
        return Output(topic, kind, needed, _if_looked(looked, lambda s: make(s.perception)))

    return tuple(output(*each) for each in detections.topics())


def _if_looked(task: str, make: Callable[[Result], object]) -> Callable[[Result], object | None]:
    """Return a maker that says nothing where a task did not run: not looked for is not nobody."""
    return lambda result: make(result) if task in result.perception.tasks else None


def _nearest(result: Result) -> messages.NearestPerson | None:
    # What the schedule put off comes with the next window; what is not configured at all, now.
    if set(NEEDED) & set(result.perception.put_off):
        return None
    return messages.nearest_person(result.perception)


OUTPUTS = (
    # In this order: what a robot acts on before what is large, pictures to look at last.
    Output(
        "keypoints2d",
        messages.Keypoints2D,
        frozenset({"keypoints2d"}),
        _if_looked("keypoints2d", lambda result: messages.keypoints2d(result.perception)),
        at_once=True,
    ),
    Output(
        "keypoints3d",
        messages.Keypoints3D,
        frozenset({"keypoints3d"}),
        _if_looked(
            "keypoints3d",
            lambda result: messages.keypoints3d(
                result.perception, result.frame.intrinsics is not None
            ),
        ),
        at_once=True,
        vital=True,
    ),
    Output(
        NEAREST,
        messages.NearestPerson,
        frozenset(NEEDED) | _DEPTH,
        _nearest,
        at_once=True,
        vital=True,
    ),
    Output(
        "markers",
        MarkerArray,
        _PEOPLE3D,
        _if_looked("keypoints3d", lambda result: markers.people_markers(result.perception)),
    ),
    Output("depth/image", Image, _DEPTH, _depth),
    Output("depth/camera_info", CameraInfo, _DEPTH, _depth_camera_info),
    Output("depth/image_rect", Image, _DEPTH, _depth_rectified),
    Output(
        "depth/info",
        messages.DepthInfo,
        _DEPTH,
        lambda result: messages.depth_info(result.perception),
    ),
    *(_map(task) for task in tasks.DENSE.values()),
    Output(
        "mask/instances",
        Image,
        _MASK | _PEOPLE2D,
        lambda result: (
            None
            if result.perception.instances is None
            else messages.instances_image(result.perception)
        ),
    ),
    Output("points", PointCloud2, _DEPTH | _MASK | _PEOPLE3D, _points),
    Output("overlay/image", Image, _MASK | _PEOPLE2D, _overlay),
    *_annotations(),
    *_detections(),
)


def _check_installed(policy: OutputPolicy) -> None:
    if policy.publish_tf and transforms.TFMessage is None:
        raise ValueError(f"publish_tf is true, but {transforms.MISSING}")
    if policy.publish_humans and humans.IdsList is None:
        raise ValueError(f"publish_humans is true, but {humans.MISSING}")


class Outputs:
    """The publishers of perception_node; each is used by one thread only.

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
        vital = qos.vital(2 * self._policy.heartbeat_s)
        asked = {*tasks.STANDARD, *self._policy.tasks}
        self._outputs = tuple(output for output in OUTPUTS if output.tasks <= asked)
        self._publishers = {
            output.topic: self._create(
                output.type, output.topic, vital if output.vital else qos.RESULT
            )
            for output in self._outputs
        }
        self._stats = self._create(messages.InferenceStats, "stats")
        self._nearest = _Nearest(self._publishers[NEAREST])
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
        # What a result costs is asked by whoever means to use the skeletons.
        asked_for_cost = _PEOPLE2D | _PEOPLE3D if self._stats.get_subscription_count() else ()
        subscribed = (
            o.tasks for o in self._outputs if self._publishers[o.topic].get_subscription_count()
        )
        asked = (extra.tasks for extra in (self._transforms, self._humans) if extra)
        return frozenset(asked_for_cost).union(*subscribed, *asked)

    def publish_people(self, perception: Perception, frame: Frame, *, lazily: bool) -> None:
        """Publish what is small and waited for: skeletons, who is nearest, body frames."""
        self._publish(Result(perception, frame, None, ""), lazily, at_once=True)
        if self._transforms:
            self._transforms.publish(perception)

    def publish_rest(
        self,
        perception: Perception,
        frame: Frame,
        info: CameraInfo | None,
        *,
        lazily: bool,
        rectified: bool = False,
    ) -> None:
        """Publish all else that is known (and, lazily, that is subscribed) but the statistics."""
        privacy = self._policy.privacy
        result = Result(perception, frame, info, self._banner, privacy, rectified)
        self._publish(result, lazily, at_once=False)
        if self._humans and "keypoints2d" in perception.tasks:
            self._humans.publish(perception, frame)

    def _publish(self, result: Result, lazily: bool, at_once: bool) -> None:
        for output in self._outputs:
            publisher = self._publishers[output.topic]
            if output.at_once != at_once or (lazily and not publisher.get_subscription_count()):
                continue
            message = output.make(result)
            if message is not None:
                (self._nearest if output.topic == NEAREST else publisher).publish(message)

    def say_unknown(self, why: Callable[[], str]) -> None:
        """Say on nearest_person that nothing is known, if there was no result for heartbeat_s."""
        self._nearest.say_unknown(self._policy.heartbeat_s, why)

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

    def _create(self, kind: type, topic: str, profile: QoSProfile = qos.RESULT) -> object:
        return self._node.create_lifecycle_publisher(
            kind, topic, profile, qos_overriding_options=qos.OVERRIDES
        )


class _Nearest:
    """Publishes nearest_person from two threads: results, and what is said while there are none."""

    def __init__(self, publisher: object) -> None:
        self._publisher = publisher
        self._lock = threading.Lock()
        self._said_at = time.perf_counter()
        self._header = Header()

    def publish(self, message: messages.NearestPerson) -> None:
        """Publish a result."""
        with self._lock:
            self._say(message)
            self._header = message.header

    def say_unknown(self, after_s: float, why: Callable[[], str]) -> None:
        """Publish that nothing is known, if nothing was said for so long and somebody listens."""
        with self._lock:
            due = time.perf_counter() - self._said_at >= after_s
            if due and self._publisher.get_subscription_count():
                self._say(messages.nearest_unknown(self._header, why()))

    def _say(self, message: messages.NearestPerson) -> None:
        self._publisher.publish(message)
        self._said_at = time.perf_counter()
