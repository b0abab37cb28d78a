# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""JPEG, PNG and other image files, from messages and from disk: whole ones only, upright."""

from __future__ import annotations

import re

import cv2
import numpy as np

from thfm_ros.media.bit_depth import BitDepth
from thfm_ros.media.errors import ImageError

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*")
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends compressed data; FF 00 is a byte of it, D0 to D7 are restart marks within."""
_START_OF_SCAN, _END_OF_IMAGE, _ALONE = 0xDA, 0xD9, range(0xD0, 0xD9)


def rgb_from_bytes(data: bytes, what: str, depth: BitDepth | None = None) -> np.ndarray:
    """Decode an image file's bytes as uint8 [H, W, 3] RGB, turned as its EXIF orientation says.

    what:  what it is said to be, for messages
    depth: of the stream, for images of 16 bits
    Bytes behind the image's end do not matter. ImageError where the image is not whole: OpenCV
    would fill what is missing with grey.
    """
    if not data:
        raise ImageError(f"{what} is empty")
    end = _end(data)
    if end > len(data):
        raise ImageError(f"{what} is cut short")
    pixels = np.frombuffer(data, np.uint8, count=end)
    try:
        image = cv2.imdecode(pixels, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error:
        image = None
    if image is None:
        raise ImageError(f"{what} cannot be decoded")
    if image.dtype == np.uint16:
        image = (depth or BitDepth()).to_bytes(image)
    elif image.dtype != np.uint8:
        raise ImageError(f"{what} has values of type {image.dtype}, allowed are 8 or 16 bits")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def kind_of(data: bytes) -> str:
    """Return which image file data begins like; "" = none that a camera would send."""
    if data.startswith(_JPEG):
        return "JPEG"
    if data.startswith(_PNG):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return "TIFF" if data.startswith(_TIFF) else ""


def _end(data: bytes) -> int:
    """Return where the image ends, behind the data if it is cut short."""
    kind = kind_of(data)
    if kind == "JPEG":
        return _end_of_jpeg(data)
    if kind == "PNG":
        return _end_of_png(data)
    if kind == "WebP":
        return 8 + int.from_bytes(data[4:8], "little")
    return len(data)


def _end_of_jpeg(data: bytes) -> int:
    """Walk over the segments (ITU T.81, B.1.1): thumbnails in them have end marks of their own."""
    position = 2
    while (position := data.find(b"\xff", position)) >= 0:
        while data[position + 1 : position + 2] == b"\xff":
            position += 1
        marker = int.from_bytes(data[position + 1 : position + 2], "big")
        position += 2
        if marker == _END_OF_IMAGE:
            return position
        if marker <= 1 or marker in _ALONE:
            continue
        position += int.from_bytes(data[position : position + 2], "big")
        if marker == _START_OF_SCAN:
            found = _MARKER.search(data, position)
            if found is None:
                break
            position = found.start()
    return len(data) + 1


def _end_of_png(data: bytes) -> int:
    position = len(_PNG)
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        kind = data[position + 4 : position + 8]
        position += 12 + length
        if kind == b"IEND":
            return position
    return len(data) + 1
