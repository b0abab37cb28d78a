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
from thfm_ros.frame import NS_PER_S, Frame
from thfm_ros.media.bit_depth import AUTO, BitDepth
from thfm_ros.media.camera_messages import frame_id as frame_id_of
from thfm_ros.media.camera_messages import stamp_ns
from thfm_ros.media.images import ImageError, layout_of, rgb_from_compressed, rgb_from_message
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from, is_rectified
from thfm_ros.media.transports import camera_of
from thfm_ros.media.video_messages import VideoDecoder
from thfm_ros.nodes import qos
from thfm_ros.nodes.depth_sensor import DepthSensor
from thfm_ros.nodes.image_types import TYPE_NAMES, message_type, who_sends, why_silent
from thfm_ros.nodes.info_input import InfoInput
from thfm_ros.nodes.pulse import Pulse
from thfm_ros.nodes.upright import Upright
from thfm_ros.runtime.stream.blind import why_dim
from thfm_ros.runtime.stream.cadence import Cadence
from thfm_ros.runtime.stream.intake import Intake

_NO_INFO = "none received"
_INFO_GONE = "it has stopped, and is not used for the images that still arrive"
_PAUSE_S = 1.0
"""Seconds; what comes after a longer pause is owed no result yet."""


@dataclass(frozen=True)
class WaitingImage:
    """An image message and the camera_info that was known when it arrived.

    picture: stamp and pixels where they were decoded already, as a video's must be, in order
    """

    image: object
    info: CameraInfo | None
    picture: tuple[int, np.ndarray] | None = None


@dataclass(frozen=True)
class CameraSettings:
    """How a camera's messages are to be read.

    transport:  of image_transport: raw, compressed, ffmpeg or foxglove
    bits:       of 16 that 16-bit images use, AUTO = as many as they show
    with_depth: a depth camera is subscribed too
    by_tf:      /tf says how the camera is turned
    """

    transport: str = "raw"
    frame_id_override: str = ""
    bits: int = AUTO
    with_depth: bool = False
    by_tf: bool = False


class ImageInput:
    """Subscribes a camera, puts its images into an intake, and decodes them on request.

    warn: gets a sentence for the log, to be throttled
    """

    def __init__(
        self,
        node: Node,
        intake: Intake[WaitingImage],
        settings: CameraSettings,
        warn: Callable[[str], None],
    ) -> None:
        transport = settings.transport
        self._node = node
        self._depth = BitDepth(settings.bits)
        self._video = VideoDecoder() if transport in ("ffmpeg", "foxglove") else None
        self.picture_problem = ""
        self._intake = intake
        self._frame_id_override = settings.frame_id_override
        self._warn = warn
        self.cadence = Cadence()
        self._began = time.perf_counter()
        self._image_at = self._taken_at = self._flowing_at = self._refused_at = -math.inf
        self._refusal, self._unreadable = "", False
        self.ahead_s = 0.0
        self.info: CameraInfo | None = None
        self._info_absence, self._info_fault = _NO_INFO, ""
        self.qos_problem = ""
        self.depth_sensor = DepthSensor(node, warn) if settings.with_depth else None
        self.upright = Upright(node, warn) if settings.by_tf else None
        self.topic, self.info_topic = topics_of(node, transport)
        self.rectified = is_rectified(self.topic)
        kind = message_type(transport)
        self._check = layout_of if kind is Image else lambda message: None
        self._type_name = TYPE_NAMES[transport]
        self._subscriptions = [
            self._subscribe(kind, self.topic, self._on_image),
        ]
        self._info_input = InfoInput(
            node,
            (self.topic, self.info_topic),
            self._on_info,
            self._on_info_gone,
            lambda: self._image_at,
        )

    @property
    def info_problem(self) -> str:
        """Why camera_info is not used, "" while it is."""
        # An image that waits to be decoded may still have the camera_info that is gone.
        return self._info_fault if self.info is not None else self._info_absence

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

    def decode(self, waiting: WaitingImage) -> Frame:
        """Make a frame of a message; ImageError says why that is not possible."""
        message = waiting.image
        if waiting.picture is not None:
            stamp, image = waiting.picture
        else:
            stamp, image = stamp_ns(message), self._pixels(message)
        self.picture_problem = why_dim(image)
        frame_id = frame_id_of(message) or self._frame_id_override
        if not frame_id:
            self._warn(f"image on {self.topic} has no frame_id: set frame_id_override")
        size = image.shape[1::-1]
        intrinsics = self._intrinsics(waiting, size)
        depth = self.depth_sensor.depth_at(stamp, size) if self.depth_sensor else None
        rotation = self.upright.degrees(frame_id) if self.upright else None
        return Frame(stamp, image, frame_id, intrinsics, depth, rotation)

    def _pixels(self, message: Image | CompressedImage) -> np.ndarray:
        compressed = isinstance(message, CompressedImage)
        # Until one can be read, images of a kind that cannot do not count as taken.
        self._unreadable = True
        read = rgb_from_compressed if compressed else rgb_from_message
        image = read(message, self._depth)
        self._unreadable, self._taken_at = False, time.perf_counter()
        return image

    def why_silent(self) -> str:
        """Return why no image may have come: what the graph of topics says, and logs it."""
        if reason := self.qos_problem or why_silent(self._node, self.topic, self._type_name):
            self._warn(f"no images: {reason}")
        return reason

    def reject(self, reason: str) -> None:
        """Log that an image was refused, and remember why."""
        self._refused_at, self._refusal = time.perf_counter(), reason
        self._warn(f"image on {self.topic} refused: {reason}")

    def close(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._info_input.close()
        for part in filter(None, (self.depth_sensor, self.upright)):
            part.close()

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

    def _on_info_gone(self) -> None:
        self.info, self._info_absence = None, _INFO_GONE
        self._warn(f"camera_info on {self.info_topic}: {_INFO_GONE}")

    def _on_info(self, info: CameraInfo) -> None:
        first, self.info = self.info is None, info
        if first:
            # What is wrong with it is known before there is an image; its size comes with one.
            self._read_info(info, (info.width, info.height))

    def _on_image(self, message: Image | CompressedImage) -> None:
        self._image_at = time.perf_counter()
        stamp = stamp_ns(message)
        arrived = [(stamp, WaitingImage(message, self.info))]
        try:
            self._check(message)
            if self._video is not None:
                # Whatever is dropped later: a picture needs those before it.
                pictures = self._video.decode(message, stamp)
                arrived = [(when[0], WaitingImage(message, self.info, when)) for when in pictures]
        except ImageError as error:
            self._intake.count_refused("malformed")
            self.reject(str(error))
            return
        self.cadence.observe(stamp, self._image_at)
        self.ahead_s = (stamp - self._node.get_clock().now().nanoseconds) / NS_PER_S
        refusal, resets = "", sum(self._intake.resets.values())
        for moment, waiting in arrived:
            refusal = self._intake.put(moment, waiting) or refusal
        if sum(self._intake.resets.values()) > resets:
            source = who_sends(self._node, self.topic)
            text = f"stream on {self.topic}: {self._intake.last_reset}"
            self._warn(f"{text}; from {source}" if source else text)
        if refusal:
            self.reject(refusal)
            return
        if self._unreadable:
            return
        now = time.perf_counter()
        if now - self._taken_at > _PAUSE_S:
            self._flowing_at = now
        self._taken_at = now

    def _intrinsics(self, waiting: WaitingImage, size: tuple[int, int]) -> Intrinsics | None:
        info = waiting.info
        if info is None:
            return None
        frames = frame_id_of(waiting.image), info.header.frame_id
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
            self._info_fault = str(error)
            self._warn(f"camera_info on {self.info_topic} is not used: {error}")
            return None
        self._info_fault = ""
        return intrinsics


def topics_of(node: Node, transport: str) -> tuple[str, str]:
    """Return the resolved image and camera_info topics.

    camera_info is the image's sibling, as image_transport's camera subscriber has it, unless it is
    remapped itself.
    """
    image = node.resolve_topic_name("image")
    info = node.resolve_topic_name("camera_info")
    if info == f"{node.get_namespace().rstrip('/')}/camera_info":
        info = f"{camera_of(image).rpartition('/')[0]}/camera_info"
    if transport == "raw" or image.endswith(f"/{transport}"):
        return image, info
    return f"{image}/{transport}", info
