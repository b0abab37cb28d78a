# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays as sensor_msgs/Image. The way back is thfm_ros.media.images."""

from __future__ import annotations

import array
import sys

import numpy as np
from sensor_msgs.msg import Image
from std_msgs.msg import Header

_TYPES = {
    "rgb8": (np.uint8, 3),
    "bgr8": (np.uint8, 3),
    "mono8": (np.uint8, 1),
    "32FC1": (np.float32, 1),
    "32FC3": (np.float32, 3),
}


def image_message(header: Header, values: np.ndarray, encoding: str) -> Image:
    """Wrap an array [H, W] or [H, W, 3] of the encoding's own type; the pixels are copied once."""
    dtype, channels = _TYPES[encoding]
    shape = values.shape[:2] if channels == 1 else (*values.shape[:2], channels)
    if values.dtype != dtype or values.shape != shape or values.ndim < 2:
        raise ValueError(
            f"image is {values.dtype} {values.shape}, {encoding} needs {dtype.__name__}"
        )
    height, width = values.shape[:2]
    return Image(
        header=header,
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=sys.byteorder == "big",
        step=width * channels * values.itemsize,
        data=byte_array(values),
    )


def array_from_image(message: Image) -> np.ndarray:
    """View an image that `image_message` made as its array; no copy."""
    dtype, channels = _TYPES[message.encoding]
    shape = (message.height, message.width, *((channels,) if channels > 1 else ()))
    return np.frombuffer(message.data, dtype).reshape(shape)


def byte_array(values: np.ndarray) -> array.array:
    """Copy an array's bytes into what rclpy takes for uint8[] without looking at every element."""
    data = array.array("B")
    data.frombytes(memoryview(np.ascontiguousarray(values)).cast("B"))
    return data
