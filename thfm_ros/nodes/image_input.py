# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera side of perception_node: messages in, frames out. Callbacks only check and enqueue."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.media.images import ImageError, layout_of, rgb_from_compressed, rgb_from_message
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from, is_rectified
from thfm_ros.nodes import qos
from thfm_ros.nodes.depth_sensor import DepthSensor
from thfm_ros.nodes.messages import stamp_ns
from thfm_ros.nodes.pulse import Pulse
from thfm_ros.runtime.cadence import Cadence
from thfm_ros.runtime.intake import Intake

_NO_INFO = "none received"
_PAUSE_S = 1.0
"""Seconds; what comes after a longer pause is owed no result yet."""


@dataclass(frozen=True)
class Shot:
    """An image message and the camera_info that was known when it arrived."""

    image: Image | CompressedImage
    info: CameraInfo | None


class ImageInput:
    """Subscribes a camera, puts its images into an intake, and decodes them on request.

    warn:       gets a sentence for the log, to be throttled
    with_depth: a depth camera is subscribed too
    """

    def __init__(
        self,
        node: Node,
        intake: Intake[Shot],
        transport: str,
        frame_id_override: str,
        warn: Callable[[str], None],
        with_depth: bool = False,
    ) -> None:
        self._node = node
        self._intake = intake
        self._frame_id_override = frame_id_override
        self._warn = warn
        self.cadence = Cadence()
        self._began = time.perf_counter()
        self._image_at = self._taken_at = self._flowing_at = self._refused_at = -math.inf
        self._refusal, self._unreadable = "", False
        self.info: CameraInfo | None = None
        self.info_problem = _NO_INFO
        self.qos_problem = ""
        self.depth_sensor = DepthSensor(node, warn) if with_depth else None
        self.topic, self.info_topic = topics_of(node, transport)
        self.rectified = is_rectified(self.topic)
        kind, self._check = {
            "raw": (Image, layout_of),
            "compressed": (CompressedImage, lambda message: None),
        }[transport]
        self._subscriptions = [
            self._subscribe(kind, self.topic, self._on_image),
            self._subscribe(CameraInfo, self.info_topic, self._on_info),
            self._subscribe_latched_info(),
        ]

    def pulse(self) -> Pulse:
        """Return when images came, were taken and were refused; silence counts from the start."""
        now = time.perf_counter()
        return Pulse(
            image=now - max(self._image_at, self._began),
            taken=now - max(self._taken_at, self._began),
            flowing=now - self._flowing_at,
            refused=now - self._refused_at,
            refusal=self._refusal,
        )

    def decode(self, shot: Shot) -> Frame:
        """Make a frame of a message; ImageError says why that is not possible."""
        message = shot.image
        image = self._pixels(message)
        frame_id = message.header.frame_id or self._frame_id_override
        if not frame_id:
            self._warn(f"image on {self.topic} has no frame_id: set frame_id_override")
        size = image.shape[1::-1]
        intrinsics = self._intrinsics(shot, size)
        stamp = stamp_ns(message.header.stamp)
        depth = self.depth_sensor.depth_at(stamp, size) if self.depth_sensor else None
        return Frame(stamp, image, frame_id, intrinsics, depth)

    def _pixels(self, message: Image | CompressedImage) -> np.ndarray:
        compressed = isinstance(message, CompressedImage)
        # Until one can be read, images of a kind that cannot do not count as taken.
        self._unreadable = True
        image = rgb_from_compressed(message) if compressed else rgb_from_message(message)
        self._unreadable, self._taken_at = False, time.perf_counter()
        return image

    def reject(self, reason: str) -> None:
        """Log that an image was refused, and remember why."""
        self._refused_at, self._refusal = time.perf_counter(), reason
        self._warn(f"image on {self.topic} refused: {reason}")

    def close(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        if self.depth_sensor:
            self.depth_sensor.close()

    def _subscribe(self, kind: type, topic: str, callback: Callable) -> object:
        def on_incompatible(event: object) -> None:
            self.qos_problem = f"a publisher of {topic} offers another quality of service"
            self._warn(f"{self.qos_problem} (policy {event.last_policy_kind}): nothing arrives")

        return self._node.create_subscription(
            kind,
            topic,
            callback,
            qos.IMAGE_IN,
            qos_overriding_options=qos.OVERRIDES,
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=on_incompatible),
        )

    def _subscribe_latched_info(self) -> object:
        """Hear a camera_info that was latched before we came; no other kind matches this one."""
        return self._node.create_subscription(
            CameraInfo,
            self.info_topic,
            self._on_info,
            qos.LATCHED,
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=lambda event: None),
        )

    def _on_info(self, info: CameraInfo) -> None:
        self.info = info
        if self.info_problem == _NO_INFO:
            # What is wrong with it is known before there is an image; its size comes with one.
            self._read_info(info, (info.width, info.height))

    def _on_image(self, message: Image | CompressedImage) -> None:
        self._image_at = time.perf_counter()
        try:
            self._check(message)
        except ImageError as error:
            self._intake.count_refused("malformed")
            self.reject(str(error))
            return
        stamp = stamp_ns(message.header.stamp)
        self.cadence.observe(stamp, self._image_at)
        refusal = self._intake.put(stamp, Shot(message, self.info))
        if refusal:
            self.reject(refusal)
            return
        if self._unreadable:
            return
        now = time.perf_counter()
        if now - self._taken_at > _PAUSE_S:
            self._flowing_at = now
        self._taken_at = now

    def _intrinsics(self, shot: Shot, size: tuple[int, int]) -> Intrinsics | None:
        info = shot.info
        if info is None:
            return None
        frames = shot.image.header.frame_id, info.header.frame_id
        if all(frames) and frames[0] != frames[1]:
            self._warn(
                f"image on {self.topic} is in frame {frames[0]!r}, its camera_info in "
                f"{frames[1]!r}: results are in the image's"
            )
        return self._read_info(info, size)

    def _read_info(self, info: CameraInfo, size: tuple[int, int]) -> Intrinsics | None:
        try:
            intrinsics = intrinsics_from(info, size, self.rectified)
        except CameraInfoError as error:
            self.info_problem = str(error)
            self._warn(f"camera_info on {self.info_topic} is not used: {error}")
            return None
        self.info_problem = ""
        return intrinsics


def topics_of(node: Node, transport: str) -> tuple[str, str]:
    """Return the resolved image and camera_info topics.

    camera_info is the image's sibling, as image_transport's camera subscriber has it, unless it is
    remapped itself.
    """
    image = node.resolve_topic_name("image")
    info = node.resolve_topic_name("camera_info")
    if info == f"{node.get_namespace().rstrip('/')}/camera_info":
        info = f"{image.rpartition('/')[0]}/camera_info"
    return (image if transport == "raw" else f"{image}/compressed"), info
