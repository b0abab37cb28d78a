# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""camera_info of whatever quality of service, for as long as it is of the camera that is there."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo
from sensor_msgs.msg import CameraInfo

from thfm_ros.nodes import qos

_LOOK_S = 0.2
_BELIEVED_S = 1.0
_BELIEVED_PERIODS = 5


class InfoInput:
    """Subscribes camera_info as its publishers offer it, and says when it is of no camera any more.

    on_info: gets each message
    on_gone: called when neither the camera nor whoever told of it is there any more, or when what
             came steadily has stopped although images go on: another camera would get the old K
    last_image: returns when the last image came, seconds of time.perf_counter()
    """

    def __init__(
        self,
        node: Node,
        topics: tuple[str, str],
        on_info: Callable[[CameraInfo], None],
        on_gone: Callable[[], None],
        last_image: Callable[[], float],
    ) -> None:
        self._node = node
        self._image_topic, self._topic = topics
        self._on_info, self._on_gone, self._last_image = on_info, on_gone, last_image
        self._arrived, self._period = -math.inf, math.inf
        self._known = False
        self._tellers: set[bytes] = set()
        self._cameras: set[bytes] = set()
        self._latched = False
        self._subscription = self._subscribe()
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(_LOOK_S, self._look, clock=clock)

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    def _subscribe(self) -> object:
        # A latched subscription would hear no other publisher, which logs that every time.
        if self._latched:
            return self._node.create_subscription(CameraInfo, self._topic, self._note, qos.LATCHED)
        return self._node.create_subscription(
            CameraInfo,
            self._topic,
            self._note,
            qos.IMAGE_IN,
            qos_overriding_options=qos.OVERRIDES,
        )

    def _note(self, info: CameraInfo) -> None:
        now = time.perf_counter()
        self._period, self._arrived = now - self._arrived, now
        self._known = True
        self._tellers, self._cameras = set(), set()
        self._on_info(info)

    def _look(self) -> None:
        tellers = self._node.get_publishers_info_by_topic(self._topic)
        if tellers:
            latched = DurabilityPolicy.TRANSIENT_LOCAL
            self._offer([one.qos_profile.durability == latched for one in tellers])
        if self._known and (self._is_replaced(tellers) or self._has_stopped()):
            self._known, self._period = False, math.inf
            self._on_gone()

    def _offer(self, latched: list[bool]) -> None:
        if all(latched) != self._latched:
            self._latched = all(latched)
            self._node.destroy_subscription(self._subscription)
            self._subscription = self._subscribe()

    def _is_replaced(self, tellers: list[TopicEndpointInfo]) -> bool:
        """Whether both are others now: who sends the images, and who told of the camera."""
        cameras = self._node.get_publishers_info_by_topic(self._image_topic)
        now = [{bytes(one.endpoint_gid) for one in found} for found in (cameras, tellers)]
        # Who they were is on the graph perhaps only after their first message.
        self._cameras, self._tellers = self._cameras or now[0], self._tellers or now[1]
        known = self._cameras and self._tellers
        return bool(known) and not (self._cameras & now[0] or self._tellers & now[1])

    def _has_stopped(self) -> bool:
        """Whether it came steadily and does not any more, while images do."""
        now = time.perf_counter()
        believed = max(_BELIEVED_S, _BELIEVED_PERIODS * self._period)
        return now - self._arrived > believed and now - self._last_image() < _BELIEVED_S
