# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How a camera is turned against gravity, by /tf and /tf_static (image_rotation: auto-from-tf)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile
from scipy.spatial.transform import Rotation

from thfm_ros.nodes import qos
from thfm_ros.nodes.transforms import MISSING, TFMessage
from thfm_ros.runtime.looks.rotation import ImageRotation, rotation_for

_STATIC = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL
)
_NOT_LEVEL = "earth"
"""The one frame of REP-105 whose z is not up."""
_MOST_MOVING = 1000
"""Frames of people come and go with ever new names."""


class FrameTree:
    """The newest rotation of every frame in its parent."""

    def __init__(self) -> None:
        self._fixed: dict[str, tuple[str, Rotation]] = {}
        self._moving: dict[str, tuple[str, Rotation]] = {}

    def note(self, transforms: Iterable[TransformStamped], fixed: bool) -> None:
        """Take what a message says; rotations that are none are left out."""
        frames = self._fixed if fixed else self._moving
        for one in transforms:
            rotation = one.transform.rotation
            quaternion = (rotation.x, rotation.y, rotation.z, rotation.w)
            length = math.hypot(*quaternion)
            if math.isfinite(length) and length > 0:
                name = one.child_frame_id.lstrip("/")
                frames.pop(name, None)
                frames[name] = one.header.frame_id.lstrip("/"), Rotation.from_quat(quaternion)
        while len(self._moving) > _MOST_MOVING:
            self._moving.pop(next(iter(self._moving)))

    def up(self, frame_id: str) -> tuple[np.ndarray, str] | None:
        """Return which way is up in a frame, x y z, and by which frame; None where none is above.

        Up is z of the topmost frame: map, odom or base_link (REP-105, REP-103).
        """
        name, rotation, seen = frame_id.lstrip("/"), None, set()
        while name not in seen:
            seen.add(name)
            found = self._moving.get(name) or self._fixed.get(name)
            if found is None or found[0] == _NOT_LEVEL:
                break
            name = found[0]
            rotation = found[1] if rotation is None else found[1] * rotation
        return None if rotation is None else (rotation.inv().apply((0.0, 0.0, 1.0)), name)


class Upright:
    """Subscribes the transforms, and says by how much a camera's images are to be turned.

    Raises ValueError where the messages of tf2 are not installed.
    """

    def __init__(self, node: Node, warn: Callable[[str], None]) -> None:
        if TFMessage is None:
            raise ValueError(f"image_rotation is auto-from-tf, but {MISSING}")
        self._node, self._warn = node, warn
        self._tree = FrameTree()
        self._rotation = ImageRotation()
        self.problem, self.state = "no image yet", ""
        self._subscriptions = [
            node.create_subscription(
                TFMessage,
                topic,
                lambda message, fixed=fixed: self._tree.note(message.transforms, fixed),
                profile,
                qos_overriding_options=qos.OVERRIDES,
            )
            for topic, profile, fixed in (
                ("/tf", qos.TRANSFORMS, False),
                ("/tf_static", _STATIC, True),
            )
        ]

    def degrees(self, frame_id: str) -> int:
        """Return by how much to turn an image of an optical frame; the last where none is known."""
        found = self._tree.up(frame_id)
        rotation = found and rotation_for(found[0], self._rotation)
        if found is None:
            self.problem = f"/tf and /tf_static say nothing of frame {frame_id!r}"
        elif rotation is None:
            self.problem = f"frame {frame_id!r} looks straight up or down"
        else:
            self.problem, self._rotation = "", rotation
        self.state = f"{self._rotation.degrees}, by {found[1] if found else 'nothing'}"
        if self.problem:
            self._warn(f"image_rotation is taken as {self._rotation.degrees}: {self.problem}")
        return self._rotation.degrees

    def close(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
