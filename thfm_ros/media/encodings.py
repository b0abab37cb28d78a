# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which encodings of sensor_msgs/Image are read, and how their bytes lie (image_encodings.hpp)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

_EVEN_WIDTH, _EVEN = (2, 1), (2, 2)


@dataclass(frozen=True)
class Encoding:
    """channels per pixel, bytes per channel, and cv2's conversion to RGB (None = none needed).

    rows:     rows of data for each row of the image; more than 1 = colours lie behind the luma
    multiple: what (width, height) must be multiples of
    least:    pixels that width and height must have
    """

    channels: int
    depth: int
    to_rgb: int | None
    rows: float = 1
    multiple: tuple[int, int] = (1, 1)
    least: int = 1


def _bayer(depth: int, code: int) -> Encoding:
    return Encoding(1, depth, code, least=3)


# OpenCV names a Bayer pattern after its second row, ROS after its first.
_BAYER = {
    "rggb": cv2.COLOR_BayerBG2RGB,
    "bggr": cv2.COLOR_BayerRG2RGB,
    "gbrg": cv2.COLOR_BayerGR2RGB,
    "grbg": cv2.COLOR_BayerGB2RGB,
}
_COLOURS = {
    "rgb": (3, None),
    "bgr": (3, cv2.COLOR_BGR2RGB),
    "rgba": (4, cv2.COLOR_RGBA2RGB),
    "bgra": (4, cv2.COLOR_BGRA2RGB),
    "mono": (1, cv2.COLOR_GRAY2RGB),
}
_PLAIN = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
_UYVY = Encoding(2, 1, cv2.COLOR_YUV2RGB_UYVY, multiple=_EVEN_WIDTH)
_YUYV = Encoding(2, 1, cv2.COLOR_YUV2RGB_YUYV, multiple=_EVEN_WIDTH)
_I420 = Encoding(1, 1, cv2.COLOR_YUV2RGB_I420, 1.5, _EVEN)

ENCODINGS: dict[str, Encoding] = {
    **{f"{name}8": Encoding(channels, 1, code) for name, (channels, code) in _COLOURS.items()},
    **{f"{name}16": Encoding(channels, 2, code) for name, (channels, code) in _COLOURS.items()},
    # Without a name for its colours OpenCV's order is meant; one channel of 16 bits is infrared.
    **{f"8UC{channels}": Encoding(channels, 1, code) for channels, code in _PLAIN.items()},
    **{f"16UC{channels}": Encoding(channels, 2, code) for channels, code in _PLAIN.items()},
    "yuv422": _UYVY,
    "uyvy": _UYVY,
    "yuv422_yuy2": _YUYV,
    "yuyv": _YUYV,
    "yuy2": _YUYV,
    "nv12": Encoding(1, 1, cv2.COLOR_YUV2RGB_NV12, 1.5, _EVEN),
    "nv21": Encoding(1, 1, cv2.COLOR_YUV2RGB_NV21, 1.5, _EVEN),
    "nv16": Encoding(1, 1, cv2.COLOR_YUV2RGB_NV12, 2, _EVEN),
    "nv24": Encoding(1, 1, cv2.COLOR_YUV2RGB_NV12, 3, _EVEN),
    "yuv420": _I420,
    "i420": _I420,
    "yv12": Encoding(1, 1, cv2.COLOR_YUV2RGB_YV12, 1.5, _EVEN),
    **{f"bayer_{pattern}8": _bayer(1, code) for pattern, code in _BAYER.items()},
    **{f"bayer_{pattern}16": _bayer(2, code) for pattern, code in _BAYER.items()},
}
_BY_LOWER_CASE = {name.lower(): encoding for name, encoding in ENCODINGS.items()}
_FLOAT = ("32f", "64f", "16s", "32s")


def find(name: str) -> Encoding | None:
    """Return the encoding of a name, in whatever case it is written; None if it is not read."""
    return _BY_LOWER_CASE.get(name.strip().lower())


def advice(name: str) -> str:
    """Return what to do about an encoding that is not read."""
    name = name.lower()
    if name.startswith(_FLOAT):
        return "these are measurements (depth?): give the topic of the camera's colours"
    if "jpeg" in name or "jpg" in name or "png" in name:
        return "publish it as sensor_msgs/CompressedImage and set image_transport: compressed"
    return (
        "set another one in the camera driver, or convert it to rgb8 with cv_bridge "
        "(cvtColor) or image_proc"
    )
