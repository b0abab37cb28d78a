# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A depth camera registered to the colour camera, as another way from relative depth to metres."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import cv2
import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image

from thfm_ros.nodes import qos
from thfm_ros.nodes.messages import stamp_ns

TOPIC = "depth_sensor/image"
_TYPES = {"32FC1": ("f4", 1.0), "16UC1": ("u2", 1e-3)}
_REMEMBERED = 8
_APART_NS = 40_000_000


class DepthSensor:
    """Keeps the newest depth images: 32FC1 metres or 16UC1 millimetres (REP-118)."""

    def __init__(self, node: Node, warn: Callable[[str], None]) -> None:
        self._node, self._warn = node, warn
        self._images: deque[Image] = deque(maxlen=_REMEMBERED)
        self.topic = node.resolve_topic_name(TOPIC)
        self._subscription = node.create_subscription(
            Image, TOPIC, self._keep, qos.IMAGE_IN, qos_overriding_options=qos.OVERRIDES
        )

    def depth_at(self, moment_ns: int, size: tuple[int, int]) -> np.ndarray | None:
        """Return the metres [H, W] nearest in time, at the colour image's size (width, height)."""
        images = list(self._images)
        if not images:
            return None
        nearest = min(images, key=lambda image: abs(stamp_ns(image.header.stamp) - moment_ns))
        if abs(stamp_ns(nearest.header.stamp) - moment_ns) > _APART_NS:
            return None
        try:
            depth = metres_from(nearest)
        except ValueError as error:
            self._warn(f"depth image on {self.topic} refused: {error}")
            return None
        return cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST)

    def _keep(self, image: Image) -> None:
        self._images.append(image)

    def close(self) -> None:
        """Unsubscribe."""
        self._node.destroy_subscription(self._subscription)


def metres_from(image: Image) -> np.ndarray:
    """Read a depth image as float32 [H, W] metres; ValueError says what is wrong with it."""
    if image.encoding not in _TYPES:
        raise ValueError(f"encoding is {image.encoding!r}, supported are {', '.join(_TYPES)}")
    kind, unit = _TYPES[image.encoding]
    kind = np.dtype(kind).newbyteorder(">" if image.is_bigendian else "<")
    row = image.width * kind.itemsize
    if not image.width or not image.height or image.step < row:
        raise ValueError(f"size is {image.width}x{image.height}, step {image.step}")
    if len(image.data) != image.height * image.step:
        raise ValueError(f"data has {len(image.data)} bytes, not {image.height * image.step}")
    rows = np.frombuffer(image.data, np.uint8).reshape(image.height, image.step)[:, :row]
    values = np.ascontiguousarray(rows).view(kind).astype(np.float32)
    with np.errstate(invalid="ignore"):
        return values * np.float32(unit)
