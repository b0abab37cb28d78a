# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The people's surface as sensor_msgs/PointCloud2; `sensor_msgs_py.point_cloud2` reads it."""

from __future__ import annotations

import sys

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from thfm_ros.camera import Intrinsics, pixel_rays
from thfm_ros.nodes.images import byte_array

_TYPE = np.dtype(
    [("x", "f4"), ("y", "f4"), ("z", "f4"), ("rgb", "u4"), ("instance", "u4")], align=True
)
_KINDS = {"f4": PointField.FLOAT32, "u4": PointField.UINT32}
_FIELDS = [
    PointField(name=name, offset=offset, datatype=_KINDS[kind.str[1:]], count=1)
    for name, (kind, offset) in _TYPE.fields.items()
]


def people_cloud(
    header: Header,
    depth: np.ndarray,
    intrinsics: Intrinsics,
    instances: np.ndarray,
    colours: np.ndarray | None,
) -> PointCloud2:
    """Lift the people's pixels into space: fields x, y, z (metres, optical frame), rgb, instance.

    depth: metres [H, W]; instances: uint8 [H, W] as in mask/instances; colours: uint8 [H, W, 3], or
    None for a cloud without the camera's colours (white)
    """
    x, y = (rays.ravel() for rays in pixel_rays(intrinsics))
    metres = depth.ravel()
    # Pixels without a ray are in no place: beyond a lens's fold, or a right angle off the axis.
    at = np.flatnonzero((instances.ravel() > 0) & np.isfinite(metres * x * y))
    metres = metres[at]
    points = np.empty(len(at), _TYPE)
    points["x"], points["y"], points["z"] = x[at] * metres, y[at] * metres, metres
    points["instance"], points["rgb"] = instances.ravel()[at], 0xFFFFFF
    if colours is not None:
        red, green, blue = colours.reshape(-1, 3)[at].astype(np.uint32).T
        points["rgb"] = red << 16 | green << 8 | blue
    return PointCloud2(
        header=header,
        height=1,
        width=len(points),
        fields=_FIELDS,
        is_bigendian=sys.byteorder == "big",
        point_step=_TYPE.itemsize,
        row_step=_TYPE.itemsize * len(points),
        data=byte_array(points.view(np.uint8)),
        is_dense=True,
    )
