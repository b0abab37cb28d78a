# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The frame of a person's body (REP-155): origin between the hips, x forward, y left, z up."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Quaternion, Transform, TransformStamped, Vector3
from scipy.spatial.transform import Rotation
from std_msgs.msg import Header

from thfm_ros import skeleton
from thfm_ros.perception import Person

_LEFT_HIP, _RIGHT_HIP = skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]
_SHOULDERS = [skeleton.INDEX["left_shoulder"], skeleton.INDEX["right_shoulder"]]
_SHORTEST_M = 0.02


def body_frame_name(person: Person) -> str:
    """Return the frame's name: body_<id>."""
    return f"body_{person.id}"


def body_transform(header: Header, person: Person) -> TransformStamped | None:
    """Return the transform camera -> body, or None where hips and shoulders are not known."""
    rotation = _rotation(person)
    if person.root is None or rotation is None:
        return None
    x, y, z = map(float, person.root)
    qx, qy, qz, qw = map(float, Rotation.from_matrix(rotation).as_quat())
    return TransformStamped(
        header=header,
        child_frame_id=body_frame_name(person),
        transform=Transform(
            translation=Vector3(x=x, y=y, z=z), rotation=Quaternion(x=qx, y=qy, z=qz, w=qw)
        ),
    )


def _rotation(person: Person) -> np.ndarray | None:
    """Return the body's axes as columns [3, 3] in the camera's."""
    points = person.relative.astype(np.float64)
    left = points[_LEFT_HIP] - points[_RIGHT_HIP]
    up = points[_SHOULDERS].mean(0) - 0.5 * (points[_LEFT_HIP] + points[_RIGHT_HIP])
    height = np.linalg.norm(up)
    if not height > _SHORTEST_M:
        return None
    up = up / height
    left = left - (left @ up) * up
    width = np.linalg.norm(left)
    if not width > _SHORTEST_M:
        return None
    left = left / width
    return np.stack((np.cross(left, up), left, up), -1)
