# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The part of `thfm doctor` that listens: node, topics, quality of service, images, camera_info."""

from __future__ import annotations

import time
from collections.abc import Iterator

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from thfm_ros.media.encodings import ENCODINGS
from thfm_ros.media.images import ImageError, layout_of
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from, is_rectified
from thfm_ros.nodes import qos
from thfm_ros.nodes.image_types import why_silent
from thfm_ros.nodes.messages import stamp_ns
from thfm_ros.runtime.stream.cadence import Cadence

Found = tuple[str, str, str]
_IMAGE_TYPES = {"sensor_msgs/msg/Image": Image, "sensor_msgs/msg/CompressedImage": CompressedImage}
_LEVELS = {DiagnosticStatus.OK: "ok", DiagnosticStatus.WARN: "warn", DiagnosticStatus.ERROR: "bad"}
_DISCOVERY_S = 1.0


def examine(node_name: str, image_topic: str, seconds: float) -> Iterator[Found]:
    """Yield (level, text, todo) of what is found on this ROS domain."""
    started = not rclpy.ok()
    if started:
        rclpy.init(args=[])
    node = Node("thfm_doctor")
    try:
        _spin(node, _DISCOVERY_S)
        yield from _look_at_node(node, node_name, seconds)
        topic = image_topic or _subscribed_image(node, node_name)
        yield from _look_at_types(node, node_name, topic)
        yield from _look_at_images(node, topic, seconds)
    finally:
        node.destroy_node()
        if started:
            rclpy.try_shutdown()


def _look_at_node(node: Node, name: str, seconds: float) -> Iterator[Found]:
    namespace, _, base = name.rpartition("/")
    if (base, namespace or "/") not in node.get_node_names_and_namespaces():
        todo = "ros2 launch thfm_ros perception.launch.py, or --node with its name"
        yield "warn", f"there is no node {name}", todo
        return
    yield "ok", f"{name} is there", ""
    arrays: list[DiagnosticArray] = []
    node.create_subscription(
        DiagnosticArray, "/diagnostics", lambda message: arrays.append(message), 10
    )
    _spin(node, seconds, lambda: any(_own(array, name) for array in arrays))
    statuses = [status for array in arrays for status in _own(array, name)]
    if not statuses:
        yield "bad", f"{name} publishes no diagnostics", "it hangs: look at its log, restart it"
    for status in {status.name: status for status in statuses}.values():
        yield _LEVELS.get(status.level, "bad"), f"{status.name}: {status.message}", ""


def _look_at_types(node: Node, name: str, topic: str) -> Iterator[Found]:
    """Say whether what is published is of the type that the node subscribes."""
    if not topic or not node.count_publishers(topic):
        return
    for subscription in node.get_subscriptions_info_by_topic(topic):
        full_name = f"{subscription.node_namespace.rstrip('/')}/{subscription.node_name}"
        if full_name != name:
            continue
        reason, _, todo = why_silent(node, topic, subscription.topic_type).partition(": ")
        if reason:
            yield "bad", reason.replace("this node", name), todo


def _look_at_images(node: Node, topic: str, seconds: float) -> Iterator[Found]:
    # Types of the publishers: a topic's own list has those of its subscribers, too.
    images = {
        name: publisher.topic_type
        for name, _ in node.get_topic_names_and_types()
        for publisher in node.get_publishers_info_by_topic(name)
        if publisher.topic_type in _IMAGE_TYPES
    }
    if topic not in images:
        offered = ", ".join(sorted(images)) or "none"
        todo = "start the camera, or remap: image_topic:=..., image_transport:=compressed"
        yield "bad", f"nobody publishes images on {topic or 'any topic'}; on offer: {offered}", todo
        return
    for publisher in node.get_publishers_info_by_topic(topic):
        reliability = publisher.qos_profile.reliability
        how = "reliable" if reliability == ReliabilityPolicy.RELIABLE else "best effort"
        yield "ok", f"{topic} ({images[topic]}) is published {how} by {publisher.node_name}", ""
    received: list = []
    cadence = Cadence()

    def on_image(message) -> None:
        received.append(message)
        cadence.observe(stamp_ns(message.header.stamp), time.perf_counter())

    node.create_subscription(_IMAGE_TYPES[images[topic]], topic, on_image, qos.IMAGE_IN)
    infos: list[CameraInfo] = []
    info_topic = topic.removesuffix("/compressed").rpartition("/")[0] + "/camera_info"
    node.create_subscription(
        CameraInfo, info_topic, lambda message: infos.append(message), qos.IMAGE_IN
    )
    _spin(node, seconds)
    if not received:
        todo = "large images need config/fastdds.xml on both sides; is the network up?"
        yield "bad", f"{topic} has a publisher, but no image came in {seconds:.0f} s", todo
        return
    yield from _judge_images(topic, received, cadence)
    yield from _judge_info(info_topic, infos, received[-1], is_rectified(topic))


def _judge_images(topic: str, received: list, cadence: Cadence) -> Iterator[Found]:
    newest = received[-1]
    yield "ok", f"{topic}: {len(received)} images, {cadence.rate_hz:.1f} Hz by their stamps", ""
    if cadence.lost:
        todo = "set config/fastdds.xml on both sides, or use image_transport:=compressed"
        yield "warn", f"{cadence.lost} images were lost in transport", todo
    if not newest.header.frame_id:
        yield "warn", f"{topic} has no frame_id", "set frame_id_override"
    if stamp_ns(newest.header.stamp) <= 0:
        yield "bad", f"{topic} has no stamps", "the camera driver must stamp its images"
    if isinstance(newest, Image):
        yield "note", f"encodings that are read: {', '.join(ENCODINGS)}", ""
        try:
            layout_of(newest)
            size = f"{newest.width}x{newest.height}"
            yield "ok", f"{topic}: {newest.encoding}, {size}, frame {newest.header.frame_id}", ""
        except ImageError as error:
            yield "bad", f"{topic}: {error}", "choose another encoding in the camera driver"


def _judge_info(topic: str, infos: list[CameraInfo], image, rectified: bool) -> Iterator[Found]:
    if not infos:
        todo = "without it there are no metres: start the driver's camera_info, or calibrate"
        yield "warn", f"no camera_info on {topic}", todo
        return
    info = infos[-1]
    size = (image.width, image.height) if isinstance(image, Image) else (info.width, info.height)
    try:
        intrinsics = intrinsics_from(info, size, rectified)
    except CameraInfoError as error:
        yield "warn", f"{topic}: {error}", "calibrate the camera: there are no metres without it"
        return
    if info.header.frame_id != image.header.frame_id:
        text = f"{topic} is in frame {info.header.frame_id!r}, images in {image.header.frame_id!r}"
        yield "warn", text, "both should be the camera's optical frame"
    lens = "rectified: P counts" if rectified else info.distortion_model or "no distortion"
    yield "ok", f"{topic}: fx {intrinsics.fx:.1f}, {lens}", ""


def _subscribed_image(node: Node, name: str) -> str:
    """Return the image topic that the node listens to, "" if it listens to none."""
    namespace, _, base = name.rpartition("/")
    try:
        topics = node.get_subscriber_names_and_types_by_node(base, namespace or "/")
    except rclpy.node.NodeNameNonExistentError:
        return ""
    found = [topic for topic, kinds in topics if any(kind in _IMAGE_TYPES for kind in kinds)]
    return next((topic for topic in found if not topic.endswith("depth_sensor/image")), "")


def _own(array: DiagnosticArray, name: str) -> list[DiagnosticStatus]:
    return [status for status in array.status if status.name.startswith(f"{name}: ")]


def _spin(node: Node, seconds: float, until=lambda: False) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        rclpy.spin_once(node, timeout_sec=0.05)
