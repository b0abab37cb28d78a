# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The encodings of sensor_msgs/Image and CompressedImage, to and from RGB arrays. No ROS needed.

Functions take what the messages carry, so that live messages and bags go through the same code.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


class ImageError(ValueError):
    """An image that cannot be read; the text is the reason, in words that fit a log line."""


@dataclass(frozen=True)
class _Encoding:
    """channels per pixel, bytes per channel, and cv2's conversion to RGB (None = none needed)."""

    channels: int
    depth: int
    to_rgb: int | None


_ENCODINGS = {
    "rgb8": _Encoding(3, 1, None),
    "bgr8": _Encoding(3, 1, cv2.COLOR_BGR2RGB),
    "8UC3": _Encoding(3, 1, cv2.COLOR_BGR2RGB),
    "rgba8": _Encoding(4, 1, cv2.COLOR_RGBA2RGB),
    "bgra8": _Encoding(4, 1, cv2.COLOR_BGRA2RGB),
    "mono8": _Encoding(1, 1, cv2.COLOR_GRAY2RGB),
    "mono16": _Encoding(1, 2, cv2.COLOR_GRAY2RGB),
    "yuv422": _Encoding(2, 1, cv2.COLOR_YUV2RGB_UYVY),
    "uyvy": _Encoding(2, 1, cv2.COLOR_YUV2RGB_UYVY),
    "yuv422_yuy2": _Encoding(2, 1, cv2.COLOR_YUV2RGB_YUYV),
    "yuyv": _Encoding(2, 1, cv2.COLOR_YUV2RGB_YUYV),
    # OpenCV names a Bayer pattern after its second row, ROS after its first.
    "bayer_rggb8": _Encoding(1, 1, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": _Encoding(1, 1, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": _Encoding(1, 1, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": _Encoding(1, 1, cv2.COLOR_BayerGB2RGB),
    "bayer_rggb16": _Encoding(1, 2, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr16": _Encoding(1, 2, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg16": _Encoding(1, 2, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg16": _Encoding(1, 2, cv2.COLOR_BayerGB2RGB),
}
ENCODINGS = tuple(_ENCODINGS)
_MAX_EDGE = 16384


@dataclass(frozen=True)
class ImageLayout:
    """How the bytes of a sensor_msgs/Image are to be read; refuses what cannot be an image.

    step: bytes per row, padding included
    size: bytes of the whole message's data
    """

    encoding: str
    width: int
    height: int
    step: int
    is_bigendian: bool
    size: int

    def __post_init__(self) -> None:
        if self.encoding not in _ENCODINGS:
            raise ImageError(f"encoding is {self.encoding!r}, supported are {', '.join(ENCODINGS)}")
        for name, edge in (("width", self.width), ("height", self.height)):
            if not 0 < edge <= _MAX_EDGE:
                raise ImageError(f"{name} is {edge}, allowed is 1..{_MAX_EDGE}")
        if self.encoding.startswith(("yuv", "uyvy", "yuyv")) and self.width % 2:
            raise ImageError(f"width is {self.width}, {self.encoding} needs an even one")
        if self.encoding.startswith("bayer") and min(self.width, self.height) < 3:
            raise ImageError(f"size is {self.width}x{self.height}, {self.encoding} needs 3x3")
        if self.step < self.row_bytes:
            raise ImageError(f"step is {self.step}, a row has at least {self.row_bytes} bytes")
        needed = (self.height - 1) * self.step + self.row_bytes
        if not needed <= self.size <= self.height * self.step:
            raise ImageError(
                f"data has {self.size} bytes, "
                f"{self.height} rows of {self.step} bytes need {self.height * self.step}"
            )

    @property
    def row_bytes(self) -> int:
        """Bytes of one row's pixels, without padding."""
        encoding = _ENCODINGS[self.encoding]
        return self.width * encoding.channels * encoding.depth


def layout_of(message: object) -> ImageLayout:
    """Check a sensor_msgs/Image (from rclpy or rosbags); ImageError says what is wrong with it."""
    return ImageLayout(
        message.encoding,
        message.width,
        message.height,
        message.step,
        bool(message.is_bigendian),
        len(message.data),
    )


def rgb_from_message(message: object) -> np.ndarray:
    """Read a sensor_msgs/Image as uint8 [H, W, 3] RGB. rgb8 without padding is a view, not a copy.

    16-bit values lose their low byte.
    """
    layout = layout_of(message)
    encoding = _ENCODINGS[layout.encoding]
    pixels = _unpadded(np.frombuffer(message.data, np.uint8), layout)
    if encoding.depth == 2:
        # The high byte of each 16-bit value is all that 8 bits can hold.
        pixels = pixels[:, (0 if layout.is_bigendian else 1) :: 2]
    shape = (layout.height, layout.width, encoding.channels)
    pixels = np.ascontiguousarray(pixels).reshape(shape)
    return pixels if encoding.to_rgb is None else cv2.cvtColor(pixels, encoding.to_rgb)


def rgb_from_compressed(message: object) -> np.ndarray:
    """Read a sensor_msgs/CompressedImage (JPEG or PNG) as uint8 [H, W, 3] RGB."""
    data = np.frombuffer(message.data, np.uint8)
    if not _is_jpeg_or_png(data):
        raise ImageError(f"data of format {message.format!r} is neither JPEG nor PNG")
    if _is_truncated(data):
        raise ImageError(f"the {len(data)} bytes of format {message.format!r} are cut short")
    image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if image is None:
        raise ImageError(f"the {len(data)} bytes of format {message.format!r} cannot be decoded")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _unpadded(data: np.ndarray, layout: ImageLayout) -> np.ndarray:
    """Return the pixels' bytes as [H, row_bytes]; the last row may come without its padding."""
    row_bytes, step = layout.row_bytes, layout.step
    if len(data) == layout.height * step:
        return data.reshape(layout.height, step)[:, :row_bytes]
    return np.lib.stride_tricks.as_strided(data, (layout.height, row_bytes), (step, 1))


def _is_jpeg_or_png(data: np.ndarray) -> bool:
    return data[:3].tobytes() == b"\xff\xd8\xff" or data[:8].tobytes() == b"\x89PNG\r\n\x1a\n"


def _is_truncated(data: np.ndarray) -> bool:
    """Whether the end mark is missing; OpenCV would fill the missing rows with grey."""
    tail = data[-64:].tobytes()
    return b"\xff\xd9" not in tail if data[0] == 0xFF else b"IEND" not in tail
