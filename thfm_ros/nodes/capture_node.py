# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writes perception_node's results into a bag as they arrive, for `thfm evaluate bag --live`."""

from __future__ import annotations

import struct
import sys
import threading
import time
from pathlib import Path

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from rosbags.rosbag2 import StoragePlugin, Writer
from sensor_msgs.msg import Image

from thfm_ros.interfaces import ARRIVAL, RESULTS, typestore
from thfm_ros.nodes import messages, qos
from thfm_ros.nodes.process import ros, spin

_TYPES = {"sensor_msgs/msg/Image": Image} | {
    f"thfm_ros/msg/{kind.__name__}": kind
    for kind in (
        messages.DepthInfo,
        messages.InferenceStats,
        messages.Keypoints2D,
        messages.Keypoints3D,
    )
}
_STAMP = struct.Struct("<iI")
_BEHIND_ENCAPSULATION = 4
_BAG_VERSION = 9
_SETTLE_S = 0.5
_PARAMETERS = {
    "out": ("", "folder of the bag; must not exist"),
    "topics": (list(RESULTS), "which results to write"),
    "idle_s": (5.0, "end when nothing has come for so long after the first message"),
}


class CaptureNode(Node):
    """Subscribes `image` for the time of its arrival, and results as they are, not decoded.

    The bag's times are the system clock's at arrival: what a subscriber on this machine saw.
    """

    def __init__(self, **kwargs: object) -> None:
        super().__init__("capture", **kwargs)
        for name, (default, text) in _PARAMETERS.items():
            self.declare_parameter(name, default, ParameterDescriptor(description=text))
        self._idle_s = self.get_parameter("idle_s").value
        self._types = typestore()
        self._writer = Writer(
            Path(self.get_parameter("out").value),
            version=_BAG_VERSION,
            storage_plugin=StoragePlugin.MCAP,
        )
        self._writer.open()
        self._last = 0.0
        header = "std_msgs/msg/Header"
        self._arrivals = self._writer.add_connection(ARRIVAL, header, typestore=self._types)
        self._results = list(self.get_parameter("topics").value)
        for topic in self._results:
            self._subscribe(topic, RESULTS[topic])
        # Images only when results can arrive: a camera that waits for us then loses none of them.
        self._waiting = self.create_timer(_SETTLE_S, self._subscribe_images)

    def is_idle(self) -> bool:
        """Whether messages came and then stopped coming."""
        return self._last > 0 and time.monotonic() - self._last > self._idle_s

    def close(self) -> None:
        """Finish the bag."""
        self._writer.close()

    def _subscribe(self, topic: str, kind: str) -> None:
        connection = self._writer.add_connection(topic, kind, typestore=self._types)

        def write(data: bytes) -> None:
            self._last = time.monotonic()
            self._writer.write(connection, time.time_ns(), data)

        self.create_subscription(_TYPES[kind], topic, write, qos.RECORD, raw=True)

    def _subscribe_images(self) -> None:
        if all(self.count_publishers(topic) for topic in self._results):
            self._waiting.cancel()
            self.create_subscription(Image, "image", self._on_image, qos.RECORD, raw=True)

    def _on_image(self, data: bytes) -> None:
        arrived = time.time_ns()
        self._last = time.monotonic()
        # The header comes first: no need to decode a megabyte of pixels for its stamp.
        seconds, nanoseconds = _STAMP.unpack_from(data, _BEHIND_ENCAPSULATION)
        types = self._types.types
        stamp = types["builtin_interfaces/msg/Time"](seconds, nanoseconds)
        header = types["std_msgs/msg/Header"](stamp, "")
        encoded = self._types.serialize_cdr(header, header.__msgtype__)
        self._writer.write(self._arrivals, arrived, encoded)


def main(args: list[str] | None = None) -> int:
    """Capture until the messages stop, SIGINT or SIGTERM."""
    with ros(args) as stop:
        node = CaptureNode()
        threading.Thread(target=_watch, args=(node, stop), daemon=True).start()
        spin(node, stop)
        node.close()
        node.destroy_node()
    return 0


def _watch(node: CaptureNode, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        if node.is_idle():
            stop.set()


if __name__ == "__main__":
    sys.exit(main())
