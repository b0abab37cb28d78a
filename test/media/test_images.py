# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thfm_ros.media.bit_depth import BitDepth
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
    fields = {"width": width, "step": array[0].nbytes, "data": array.tobytes(), **changes}
    return Message(encoding, height, **fields)


@pytest.mark.fault("F04", "F08")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"encoding": "32FC1"}, "encoding is '32FC1'.*these are measurements"),
        ({"encoding": "mjpeg"}, "encoding is 'mjpeg'.*image_transport: compressed"),
        ({"encoding": "mono10p"}, "encoding is 'mono10p'.*convert it to rgb8 with cv_bridge"),
        ({"encoding": "nv12", "height": 7, "step": 12, "data": b"\0" * 126}, "height is 7"),
        ({"encoding": "nv12", "step": 12, "data": b"\0" * 96}, "12 rows of 12 bytes need 144"),
        ({"encoding": "i420", "step": 13, "data": b"\0" * 156}, "step is 13"),
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


@pytest.mark.fault("F03", "F70")
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("order", ["rgb", "bgr", "rgba", "bgra", ""])
def test_colours_in_every_order_and_width(order, bits):
    order, name = order or "bgr", f"{order}{bits}" if order else f"{bits}UC3"
    channels = [RED[..., "rgb".find(letter)] if letter != "a" else RED[..., 0] for letter in order]
    values = np.stack(channels, -1).astype(np.uint16 if bits == 16 else np.uint8) << (bits - 8)
    np.testing.assert_array_equal(rgb_from_message(message(name, values)), RED)


@pytest.mark.fault("F70")
@pytest.mark.parametrize("encoding", ["8UC1", "16UC1", "MONO8", " mono16"])
def test_grey_by_any_name(encoding):
    bits = 16 if "16" in encoding else 8
    values = np.full((8, 12), 200 << (bits - 8), np.uint16 if bits == 16 else np.uint8)
    assert (rgb_from_message(message(encoding, values)) == 200).all()


def planes_of(encoding, pad=0):
    """RED and a blue right half as the planes of an encoding, rows padded."""
    image = RED.copy()
    image[:, 6:] = (10, 30, 200)
    planar = cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420)
    luma, u, v = planar[:8], planar[8:10].reshape(4, 6), planar[10:].reshape(4, 6)
    colours = {
        "nv12": np.stack((u, v), -1).reshape(4, 12),
        "nv21": np.stack((v, u), -1).reshape(4, 12),
        "nv16": np.repeat(np.stack((u, v), -1), 2, 0).reshape(8, 12),
        "nv24": np.stack((u, v), -1).repeat(2, 0).repeat(2, 1).reshape(8, 24),
        "yuv420": np.concatenate((u, v)),
        "i420": np.concatenate((u, v)),
        "yv12": np.concatenate((v, u)),
    }[encoding]
    wide = pad * colours.shape[1] // 12
    rows = np.pad(luma, ((0, 0), (0, pad))), np.pad(colours, ((0, 0), (0, wide)))
    return image, b"".join(plane.tobytes() for plane in rows)


@pytest.mark.fault("F70")
@pytest.mark.parametrize("pad", [0, 4])
@pytest.mark.parametrize("encoding", ["nv12", "nv21", "nv16", "nv24", "yuv420", "i420", "yv12"])
def test_planes_of_luma_and_colours(encoding, pad):
    expected, data = planes_of(encoding, pad)
    image = rgb_from_message(Message(encoding, 8, 12, 12 + pad, data))
    assert np.abs(image.astype(int) - expected).max() <= 4


@pytest.mark.fault("F70")
def test_a_step_that_counts_a_pixels_share_of_the_colours():
    expected, data = planes_of("nv12")
    image = rgb_from_message(Message("nv12", 8, 12, 18, data))
    assert np.abs(image.astype(int) - expected).max() <= 4


@pytest.mark.fault("F72")
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("encoding", ["mono16", "16UC1", "bayer_rggb16", "rgb16"])
def test_bits_that_a_camera_uses_of_16_fill_all_of_8(encoding, bits):
    channels = 3 if encoding == "rgb16" else 1
    values = np.linspace(0, 2**bits - 1, 16 * 16 * channels).astype(np.uint16)
    image = rgb_from_message(message(encoding, values.reshape(16, 16 * channels)[:, :], width=16))
    assert image.max() >= 238  # demosaicing leaves out the border


@pytest.mark.fault("F72")
def test_brightness_stays_as_it_is_when_a_stream_gets_darker():
    depth, bright = BitDepth(), np.full((8, 12), 1000, np.uint16)
    first = rgb_from_message(message("mono16", bright), depth)
    dark = rgb_from_message(message("mono16", bright // 5), depth)
    assert (first[0, 0, 0], dark[0, 0, 0]) == (250, 50)


@pytest.mark.fault("F72")
def test_a_hot_pixel_does_not_darken_a_picture():
    values = np.full((200, 200), 700, np.uint16)
    values[3, 5] = 65535
    assert rgb_from_message(message("mono16", values))[0, 0, 0] == 700 >> 2


@pytest.mark.fault("F72")
def test_bits_that_are_given_count():
    values = np.full((8, 12), 700, np.uint16)
    assert rgb_from_message(message("mono16", values), BitDepth(12))[0, 0, 0] == 700 >> 4
    assert rgb_from_message(message("mono16", values * 9), BitDepth(12))[0, 0, 0] == 255
    with pytest.raises(ValueError, match="bits is 7, allowed is 0"):
        BitDepth(7)


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


@pytest.mark.fault("F71")
@pytest.mark.parametrize("behind", [b"\0", bytes(4096), b"\xff\x00rest of the picture before" * 20])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_what_lies_behind_the_end_does_not_matter(suffix, behind):
    data = cv2.imencode(suffix, RED[..., ::-1])[1].tobytes()
    assert np.abs(rgb_from_compressed(Compressed(data + behind)).astype(int) - RED).max() <= 12


@pytest.mark.fault("F71")
@pytest.mark.parametrize("padding", [0, 64, 4096])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_cut_short_is_refused_in_a_padded_buffer_too(suffix, padding):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = cv2.imencode(suffix, noise)[1].tobytes()
    if suffix == ".webp" and padding > len(data) // 3:
        pytest.skip("its head says how long it is, and so long it is")
    with pytest.raises(ImageError):
        rgb_from_compressed(Compressed(data[: len(data) * 2 // 3] + bytes(padding)))


@pytest.mark.fault("F71")
def test_a_progressive_jpeg_with_restart_marks_and_a_thumbnail():
    small = cv2.imencode(".jpg", RED[..., ::-1])[1].tobytes()
    options = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 1]
    data = cv2.imencode(".jpg", RED[..., ::-1], options)[1].tobytes()
    thumbnail = b"\xff\xe1" + (len(small) + 2).to_bytes(2, "big") + small
    data = data[:2] + thumbnail + data[2:]
    assert np.abs(rgb_from_compressed(Compressed(data + bytes(99))).astype(int) - RED).max() <= 8
    with pytest.raises(ImageError, match="cut short"):
        rgb_from_compressed(Compressed(data[:-20] + bytes(99)))


@pytest.mark.fault("F72")
def test_a_png_of_12_bits_in_16():
    values = np.full((8, 12), 4000, np.uint16)
    data = cv2.imencode(".png", values)[1].tobytes()
    assert rgb_from_compressed(Compressed(data, "mono16; png compressed"))[0, 0, 0] == 250


@pytest.mark.fault("F09")
@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xd9", b"\x89PNG\r\n\x1a\nIEND"])
def test_what_is_not_jpeg_or_png_is_refused(data):
    with pytest.raises(ImageError):
        rgb_from_compressed(Compressed(data))
