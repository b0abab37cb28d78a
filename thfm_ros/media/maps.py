# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/Image that carry measurements, not colours: depth, normals, masks. No ROS needed."""

from __future__ import annotations

import sys

import numpy as np

from thfm_ros.media.errors import ImageError

_TYPES = {
    "mono8": (np.uint8, 1),
    "8UC1": (np.uint8, 1),
    "16UC1": (np.uint16, 1),
    "mono16": (np.uint16, 1),
    "32FC1": (np.float32, 1),
    "32FC3": (np.float32, 3),
}
_MILLIMETRES = 1e-3


def map_from_message(message: object) -> np.ndarray:
    """Read an image of one of these encodings as an array [H, W] or [H, W, 3] of its own type."""
    if message.encoding not in _TYPES:
        raise ImageError(f"encoding is {message.encoding!r}, a map has one of {list(_TYPES)}")
    dtype, channels = _TYPES[message.encoding]
    width = message.width * channels * np.dtype(dtype).itemsize
    data = np.frombuffer(message.data, np.uint8)
    if message.step < width or len(data) != message.height * message.step:
        raise ImageError(
            f"data has {len(data)} bytes, {message.height} rows of {message.step} bytes "
            f"(at least {width}) need {message.height * message.step}"
        )
    rows = np.ascontiguousarray(data.reshape(message.height, message.step)[:, :width])
    values = rows.view(dtype)
    if bool(message.is_bigendian) != (sys.byteorder == "big"):
        values = values.byteswap()
    shape = (message.height, message.width, *((channels,) if channels > 1 else ()))
    return values.reshape(shape)


def depth_from_message(message: object) -> np.ndarray:
    """Read a depth image (REP-118: 32FC1 metres, 16UC1 millimetres) as float32 metres.

    No depth (0, NaN, infinite) is NaN.
    """
    values = map_from_message(message).astype(np.float32)
    if message.encoding in ("16UC1", "mono16"):
        values = values * np.float32(_MILLIMETRES)
    values[~(np.isfinite(values) & (values > 0))] = np.nan
    return values
