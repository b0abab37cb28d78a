# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A live page in the browser: camera with overlay, maps, skeletons in 3D, rates and drops.

Topics are subscribed only while a browser is connected, so that nobody who watches costs nothing.
The page shows the camera's pixels: it is served to this machine only, unless `host` says otherwise,
and not at all in privacy mode.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from functools import partial

from rcl_interfaces.msg import ParameterDescriptor
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from sensor_msgs.msg import Image
from visualization_msgs.msg import MarkerArray

from thfm_ros.nodes import messages, qos
from thfm_ros.nodes.process import ros, spin
from thfm_ros.nodes.viewer_page import ViewerPage
from thfm_ros.nodes.viewer_server import ViewerServer
from thfm_ros.tasks import STANDARD_MAPS

_PARAMETERS = {
    "node_name": ("perception", "name of the perception_node in the same namespace"),
    "host": ("127.0.0.1", "address to serve on; 0.0.0.0 = to everybody in the network"),
    "port": (9090, "of the page; the data is on the next one"),
    "max_rate": (5.0, "pictures a second that are sent of each topic"),
}
_LOOK_S = 1.0
_RATE_OVER = 20


class ViewerNode(Node):
    """Serves the page; asks perception_node first whether it may be shown."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__("viewer", **kwargs)
        for name, (default, description) in _PARAMETERS.items():
            descriptor = ParameterDescriptor(description=description, read_only=True)
            self.declare_parameter(name, default, descriptor)
        self._shortest_s = 1 / self._value("max_rate")
        self._server = ViewerServer(self._value("host"), self._value("port"))
        self._page = ViewerPage(self._server.data_url)
        self._watched: list = []
        self._sent: dict[str, float] = {}
        self._arrivals: deque[float] = deque(maxlen=_RATE_OVER)
        self._nearest: messages.NearestPerson | None = None
        service = f"{self._value('node_name')}/get_parameters"
        self._permission = self.create_client(GetParameters, service)
        self._asked = None
        self.create_timer(_LOOK_S, self._look)
        ssh = f"ssh {self._server.forwarding} ROBOT"
        self.get_logger().info(f"open {self._server.page} (from elsewhere: {ssh})")
        if self._value("host") != "127.0.0.1":
            self.get_logger().warning(
                f"the camera's pixels are shown to whoever reaches {self._value('host')}"
            )

    def close(self) -> None:
        """End the page and its server."""
        self._page.close()
        self._server.close()

    def _look(self) -> None:
        """Subscribe when somebody watches, and stop when nobody does."""
        if self._server.has_ended():
            raise RuntimeError("rerun's server has ended; is the port free?")
        watchers = self._server.watchers()
        if watchers and not self._watched:
            self._ask_whether_shown()
        elif not watchers and self._watched:
            self.get_logger().info("nobody watches any more")
            for subscription in self._watched:
                self.destroy_subscription(subscription)
            self._watched.clear()

    def _ask_whether_shown(self) -> None:
        """Ask perception_node for privacy_mode, each time anew: it may be another node by now."""
        if self._asked is None and self._permission.service_is_ready():
            request = GetParameters.Request(names=["privacy_mode"])
            self._asked = self._permission.call_async(request)
            self._asked.add_done_callback(self._on_answer)
        elif self._asked is None:
            self.get_logger().info(
                f"waiting for {self._permission.srv_name}", throttle_duration_sec=10.0
            )

    def _on_answer(self, answer: object) -> None:
        self._asked = None
        values = answer.result().values
        if not values or values[0].bool_value:
            self.get_logger().error("privacy_mode is true: nothing is shown", once=True)
            return
        self.get_logger().info("somebody watches")
        topics = {"overlay": "overlay/image"}
        topics |= {name: task.topic for name, task in STANDARD_MAPS.items()}
        for name, topic in topics.items():
            self._subscribe(Image, topic, partial(self._page.show_picture, name))
        self._subscribe(MarkerArray, "markers", self._page.show_people)
        self._subscribe(messages.NearestPerson, "nearest_person", self._on_nearest)
        self._subscribe(messages.InferenceStats, "stats", self._on_stats)

    def _subscribe(self, kind: type, topic: str, show: object) -> None:
        def on_message(message: object) -> None:
            now = time.monotonic()
            if now - self._sent.get(topic, 0.0) >= self._shortest_s:
                self._sent[topic] = now
                show(message)

        arrived = on_message if kind in (Image, MarkerArray) else show
        self._watched.append(self.create_subscription(kind, topic, arrived, qos.RESULT))

    def _on_nearest(self, message: messages.NearestPerson) -> None:
        self._nearest = message

    def _on_stats(self, message: messages.InferenceStats) -> None:
        self._arrivals.append(time.monotonic())
        first, last = self._arrivals[0], self._arrivals[-1]
        rate = (len(self._arrivals) - 1) / (last - first) if last > first else 0.0
        self._page.show_state(message, self._nearest, rate)

    def _value(self, name: str) -> object:
        return self.get_parameter(name).value


def main(args: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; what is wrong is one line and status 1."""
    with ros(args) as stop:
        try:
            node = ViewerNode()
        except ValueError as error:
            print(f"viewer_node: {error}", file=sys.stderr)
            return 1
        try:
            spin(node, stop)
        except RuntimeError as error:
            print(f"viewer_node: {error}", file=sys.stderr)
            return 1
        finally:
            node.close()
            node.destroy_node()
    return 0


if __name__ == "__main__":
    sys.exit(main())
