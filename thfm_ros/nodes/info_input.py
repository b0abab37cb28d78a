# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""camera_info of whatever quality of service, for as long as it is of the camera that is there."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo
from sensor_msgs.msg import CameraInfo

from thfm_ros.nodes import qos

_LOOK_S = 0.2
_ASK_S = 3.0
"""For which what is kept for late-comers may take to come."""
_BELIEVED_S = 1.0
_BELIEVED_PERIODS = 5
_STEADY = 6
"""So many messages are a rate; fewer may be all that a driver tells when it starts."""


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
        self._arrived: deque[float] = deque(maxlen=_STEADY)
        self._known = self._is_new = False
        self._tellers: set[bytes] = set()
        self._cameras: set[bytes] = set()
        self._subscription = node.create_subscription(
            CameraInfo, topics[1], self._note, qos.IMAGE_IN, qos_overriding_options=qos.OVERRIDES
        )
        self._latched: object | None = None
        self._latched_since = 0.0
        self._asked: set[bytes] = set()
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(_LOOK_S, self._look, clock=clock)

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)
        if self._latched:
            self._node.destroy_subscription(self._latched)

    def _note(self, info: CameraInfo) -> None:
        self._arrived.append(time.perf_counter())
        self._known = self._is_new = True
        self._on_info(info)

    def _note_kept(self, info: CameraInfo) -> None:
        self._latched_since = -math.inf
        self._note(info)

    def _look(self) -> None:
        tellers = self._node.get_publishers_info_by_topic(self._topic)
        self._ask_latched(tellers)
        if self._known and (self._is_replaced(tellers) or self._has_stopped()):
            self._known = False
            for of_the_old in (self._arrived, self._cameras, self._tellers, self._asked):
                of_the_old.clear()
            self._on_gone()

    def _ask_latched(self, tellers: list[TopicEndpointInfo]) -> None:
        """Ask for what was told before we came, by whoever keeps it; later words come anyway.

        Only then, and only of them: every other publisher logs that such a subscription hears
        nothing of it.
        """
        kept = DurabilityPolicy.TRANSIENT_LOCAL
        latched = [one.qos_profile.durability == kept for one in tellers]
        new = {bytes(one.endpoint_gid) for one in tellers} - self._asked
        now = time.perf_counter()
        if all(latched) and new:
            self._asked |= new
            self._latched_since = now
            self._latched = self._latched or self._node.create_subscription(
                CameraInfo, self._topic, self._note_kept, qos.LATCHED
            )
        elif self._latched and now - self._latched_since > _ASK_S:
            self._node.destroy_subscription(self._latched)
            self._latched = None

    def _is_replaced(self, tellers: list[TopicEndpointInfo]) -> bool:
        """Whether both are others now: who sends the images, and who told of the camera."""
        cameras = self._node.get_publishers_info_by_topic(self._image_topic)
        now = [{bytes(one.endpoint_gid) for one in found} for found in (cameras, tellers)]
        if self._is_new:
            self._is_new = False
            # A message does not say whose it is: of two, the one who has been there.
            self._cameras = self._cameras & now[0] or now[0]
            self._tellers = self._tellers & now[1] or now[1]
        # Whoever told may have been there before the camera, or have left at once.
        self._cameras = self._cameras or now[0]
        return bool(self._cameras) and not (self._cameras & now[0] or self._tellers & now[1])

    def _has_stopped(self) -> bool:
        """Whether it came steadily and does not any more, while images do."""
        if len(self._arrived) < _STEADY:
            return False
        now, period = time.perf_counter(), (self._arrived[-1] - self._arrived[0]) / (_STEADY - 1)
        believed = max(_BELIEVED_S, _BELIEVED_PERIODS * period)
        return now - self._arrived[-1] > believed and now - self._last_image() < _BELIEVED_S
