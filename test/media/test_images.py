# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thfm_ros.media.images import ENCODINGS, ImageError, rgb_from_compressed, rgb_from_message


@dataclass
class Message:
    encoding: str
    height: int
    width: int
    step: int
    data: bytes
    is_bigendian: int = 0


@dataclass
class Compressed:
    data: bytes
    format: str = "jpeg"


RED = np.zeros((8, 12, 3), np.uint8)
RED[...] = (200, 30, 10)


def message(encoding, array, **changes):
    array = np.ascontiguousarray(array)
    height, width = array.shape[:2]
    fields = {"step": array[0].nbytes, "data": array.tobytes(), **changes}
    return Message(encoding, height, width, **fields)


@pytest.mark.fault("F04", "F08")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"encoding": "32FC1"}, "encoding is '32FC1'"),
        ({"encoding": ""}, "encoding is ''"),
        ({"width": 0}, "width is 0"),
        ({"height": 0}, "height is 0"),
        ({"width": 2**31}, "width is 2147483648"),
        ({"step": 0}, "step is 0"),
        ({"step": 35}, "step is 35"),
        ({"data": b"\0" * 100}, "data has 100 bytes"),
        ({"data": b"\0" * 300}, "data has 300 bytes"),
        ({"data": b""}, "data has 0 bytes"),
        ({"encoding": "yuv422", "width": 11, "step": 36}, "width is 11"),
        ({"encoding": "bayer_rggb8", "height": 2, "data": b"\0" * 72}, "size is 12x2"),
    ],
)
def test_refuses_what_is_no_image(changes, reason):
    bad = message("rgb8", RED)
    for field, value in changes.items():
        setattr(bad, field, value)
    with pytest.raises(ImageError, match=reason.replace("(", r"\(")):
        rgb_from_message(bad)


@given(
    st.sampled_from([*ENCODINGS, "", "nv12"]),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 80),
    st.binary(max_size=800),
    st.integers(0, 1),
)
def test_any_fields_give_an_image_or_an_image_error(encoding, height, width, step, data, endian):
    try:
        image = rgb_from_message(Message(encoding, height, width, step, data, endian))
    except ImageError:
        return
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8


@pytest.mark.fault("F03")
@pytest.mark.parametrize(
    ("encoding", "conversion"),
    [
        ("rgb8", None),
        ("bgr8", cv2.COLOR_RGB2BGR),
        ("rgba8", cv2.COLOR_RGB2RGBA),
        ("bgra8", cv2.COLOR_RGB2BGRA),
    ],
)
def test_colours_of_a_known_patch(encoding, conversion):
    image = RED if conversion is None else cv2.cvtColor(RED, conversion)
    np.testing.assert_array_equal(rgb_from_message(message(encoding, image)), RED)


@pytest.mark.fault("F03")
def test_mono8_is_grey():
    image = rgb_from_message(message("mono8", np.full((8, 12), 77, np.uint8)))
    assert (image == 77).all()


@pytest.mark.fault("F03", "F07")
@pytest.mark.parametrize("endian", ["<", ">"])
def test_mono16_keeps_the_high_byte(endian):
    values = np.full((8, 12), 0xC801, f"{endian}u2")
    image = rgb_from_message(message("mono16", values, is_bigendian=int(endian == ">")))
    assert (image == 0xC8).all()


@pytest.mark.fault("F03")
def test_yuv422_in_both_byte_orders():
    planes = cv2.cvtColor(RED, cv2.COLOR_RGB2YUV_I420)
    y, u, v = planes[0, 0], planes[8, 0], planes[-1, -1]
    uyvy = np.tile(np.array([[u, y], [v, y]], np.uint8), (8, 6, 1))
    yuyv = uyvy[..., ::-1]
    for encoding, data in (("yuv422", uyvy), ("yuv422_yuy2", yuyv)):
        image = rgb_from_message(message(encoding, data))
        assert np.abs(image.astype(int) - RED).max() <= 3


@pytest.mark.fault("F03")
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
@pytest.mark.parametrize("bits", [8, 16])
def test_bayer_patterns(pattern, bits):
    cell = np.array([RED[0, 0]["rgb".index(letter)] for letter in pattern]).reshape(2, 2)
    mosaic = np.tile(cell, (4, 6)).astype(np.uint16 if bits == 16 else np.uint8)
    mosaic = mosaic << (bits - 8)
    image = rgb_from_message(message(f"bayer_{pattern}{bits}", mosaic))
    assert np.abs(image[2:-2, 2:-2].astype(int) - RED[0, 0]).max() <= 2


@pytest.mark.fault("F07")
def test_row_padding_is_skipped():
    rows = np.pad(RED.reshape(8, 36), ((0, 0), (0, 13)), constant_values=255)
    image = rgb_from_message(Message("rgb8", 8, 12, 49, rows.tobytes()))
    np.testing.assert_array_equal(image, RED)


@pytest.mark.fault("F07")
def test_last_row_may_lack_its_padding():
    rows = np.pad(RED.reshape(8, 36), ((0, 0), (0, 13)), constant_values=255)
    image = rgb_from_message(Message("rgb8", 8, 12, 49, rows.tobytes()[:-13]))
    np.testing.assert_array_equal(image, RED)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_compressed(suffix):
    data = cv2.imencode(suffix, RED[..., ::-1])[1].tobytes()
    assert np.abs(rgb_from_compressed(Compressed(data)).astype(int) - RED).max() <= 8


@pytest.mark.fault("F09")
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_compressed_grey(suffix):
    data = cv2.imencode(suffix, np.full((8, 12), 90, np.uint8))[1].tobytes()
    assert rgb_from_compressed(Compressed(data)).shape == (8, 12, 3)


@pytest.mark.fault("F09")
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_cut_short_is_refused(suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = cv2.imencode(suffix, noise)[1].tobytes()
    with pytest.raises(ImageError, match="cut short"):
        rgb_from_compressed(Compressed(data[: len(data) // 2]))


@pytest.mark.fault("F09")
@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xd9", b"\x89PNG\r\n\x1a\nIEND"])
def test_what_is_not_jpeg_or_png_is_refused(data):
    with pytest.raises(ImageError):
        rgb_from_compressed(Compressed(data))
