# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/Image and CompressedImage to RGB arrays. No ROS needed.

Functions take what the messages carry, so that live messages and bags go through the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from thfm_ros.media import encodings
from thfm_ros.media.bit_depth import BitDepth
from thfm_ros.media.compressed import kind_of, rgb_from_bytes
from thfm_ros.media.encodings import ENCODINGS, Encoding
from thfm_ros.media.errors import ImageError

_MAX_EDGE = 16384


@dataclass(frozen=True)
class ImageLayout:
    """How the bytes of a sensor_msgs/Image are to be read; refuses what cannot be an image.

    step: bytes per row, padding included
    size: bytes of the whole message's data
    """

    name: str
    width: int
    height: int
    step: int
    is_bigendian: bool
    size: int

    def __post_init__(self) -> None:
        if encodings.find(self.name) is None:
            raise ImageError(
                f"encoding is {self.name!r}, supported are {', '.join(ENCODINGS)}: "
                f"{encodings.advice(self.name)}"
            )
        for name, edge, multiple in zip(
            ("width", "height"), (self.width, self.height), self.encoding.multiple, strict=True
        ):
            if not 0 < edge <= _MAX_EDGE:
                raise ImageError(f"{name} is {edge}, allowed is 1..{_MAX_EDGE}")
            if edge % multiple:
                raise ImageError(f"{name} is {edge}, {self.name} needs an even one")
        least = self.encoding.least
        if min(self.width, self.height) < least:
            raise ImageError(
                f"size is {self.width}x{self.height}, {self.name} needs {least}x{least}"
            )
        if self.step < self.row_bytes:
            raise ImageError(f"step is {self.step}, a row has at least {self.row_bytes} bytes")
        if self.encoding.rows > 1 and self.row_step % 2:
            raise ImageError(f"step is {self.step}, {self.name} needs an even one")
        needed = (self.rows - 1) * self.row_step + self.row_bytes
        if not needed <= self.size <= self.rows * self.row_step:
            raise ImageError(
                f"data has {self.size} bytes, "
                f"{self.rows} rows of {self.row_step} bytes need {self.rows * self.row_step}"
            )

    @cached_property
    def encoding(self) -> Encoding:
        """What the name stands for."""
        return encodings.find(self.name)

    @property
    def rows(self) -> int:
        """Rows of data, those of the colours included where they lie behind the luma."""
        return int(self.height * self.encoding.rows)

    @property
    def row_bytes(self) -> int:
        """Bytes of one row's pixels, without padding."""
        return self.width * self.encoding.channels * self.encoding.depth

    @property
    def row_step(self) -> int:
        """Bytes from row to row. Some drivers' step has a pixel's share of the colours in it."""
        if self.encoding.rows > 1 and self.size == self.rows * self.row_bytes:
            return self.row_bytes
        return self.step


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


def rgb_from_message(message: object, depth: BitDepth | None = None) -> np.ndarray:
    """Read a sensor_msgs/Image as uint8 [H, W, 3] RGB. rgb8 without padding is a view, not a copy.

    depth: how many bits of 16 the stream uses; None = what this image shows
    """
    layout = layout_of(message)
    encoding = layout.encoding
    pixels = _unpadded(np.frombuffer(message.data, np.uint8), layout)
    if encoding.rows > 1:
        return cv2.cvtColor(_luma_and_colours(pixels, layout), encoding.to_rgb)
    pixels = np.ascontiguousarray(pixels)
    if encoding.depth == 2:
        values = pixels.view(">u2" if layout.is_bigendian else "<u2")
        pixels = (depth or BitDepth()).to_bytes(values.astype(np.uint16, copy=False))
    pixels = pixels.reshape(layout.height, layout.width, encoding.channels)
    return pixels if encoding.to_rgb is None else cv2.cvtColor(pixels, encoding.to_rgb)


def rgb_from_compressed(message: object, depth: BitDepth | None = None) -> np.ndarray:
    """Read a sensor_msgs/CompressedImage (JPEG, PNG, WebP, TIFF) as uint8 [H, W, 3] RGB."""
    data = bytes(message.data)
    if not kind_of(data):
        raise ImageError(f"data of format {message.format!r} is neither JPEG nor PNG, WebP or TIFF")
    return rgb_from_bytes(data, f"format {message.format!r}", depth)


def _unpadded(data: np.ndarray, layout: ImageLayout) -> np.ndarray:
    """Return the rows' bytes as [rows, row_bytes]; the last row may come without its padding."""
    row_bytes, step, rows = layout.row_bytes, layout.row_step, layout.rows
    if layout.encoding.rows > 1 and step > row_bytes:
        return np.pad(data, (0, rows * step - len(data))).reshape(rows, step)
    if len(data) == rows * step:
        return data.reshape(rows, step)[:, :row_bytes]
    return np.lib.stride_tricks.as_strided(data, (rows, row_bytes), (step, 1))


def _luma_and_colours(rows: np.ndarray, layout: ImageLayout) -> np.ndarray:
    """Return planes as OpenCV reads them: uint8 [3/2 H, W], a quarter as many colours as pixels.

    rows: [rows, step]; rows of colours are half as long in yuv420, twice as long in nv24
    """
    height, width, step = layout.height, layout.width, rows.shape[1]
    luma, colours = rows[:height, :width], rows[height:].reshape(-1)
    if layout.encoding.to_rgb in (cv2.COLOR_YUV2RGB_I420, cv2.COLOR_YUV2RGB_YV12):
        colours = colours.reshape(height, step // 2)[:, : width // 2]
    elif layout.encoding.rows == 3:
        pairs = colours.reshape(height, step, 2)[:, :width]
        colours = pairs[::2, ::2]
    else:
        # 4:2:2 has twice as many rows of colours as 4:2:0.
        every = 2 if layout.encoding.rows == 2 else 1
        colours = colours.reshape(-1, step)[::every, :width]
    return np.concatenate((luma.reshape(-1), colours.reshape(-1))).reshape(height * 3 // 2, width)
