# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Random messages: 10 000 through the converters, 1 000 over DDS into a running node."""

import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from thfm_ros.media.images import ENCODINGS, ImageError, rgb_from_compressed, rgb_from_message
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from
from thfm_ros.msg import Keypoints2D
from thfm_ros.nodes.depth_sensor import metres_from

EDGES = st.one_of(st.integers(0, 24), st.sampled_from([2**16, 2**31, 2**32 - 1]))
NAMES = st.one_of(st.sampled_from([*ENCODINGS, "32FC1", "16UC1", "8UC3", ""]), st.text(max_size=9))
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
EXAMPLES = settings(
    max_examples=2500, deadline=500, suppress_health_check=list(HealthCheck), database=None
)


@pytest.mark.fault("F56")
@EXAMPLES
@given(NAMES, EDGES, EDGES, EDGES, st.integers(0, 1), st.binary(max_size=2000))
def test_any_image_is_read_or_refused(encoding, width, height, step, big, data):
    message = Image(
        encoding=encoding, width=width, height=height, step=step, is_bigendian=big, data=data
    )
    with suppress(ImageError):
        assert rgb_from_message(message).shape == (height, width, 3)


@pytest.mark.fault("F56")
@EXAMPLES
@given(NAMES, st.integers(1, 24), st.integers(1, 24), st.integers(0, 3), st.randoms())
def test_any_image_that_fits_its_size_is_read_or_refused(encoding, width, height, pad, random):
    step = width * random.choice((1, 2, 3, 4, 6)) + pad
    message = Image(encoding=encoding, width=width, height=height, step=step)
    message.data = random.randbytes(step * height)
    with suppress(ImageError):
        assert rgb_from_message(message).shape == (height, width, 3)
    with suppress(ValueError):
        assert metres_from(message).shape == (height, width)


@pytest.mark.fault("F56")
@EXAMPLES
@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]), st.binary(max_size=2000))
def test_any_compressed_image_is_read_or_refused(magic, data):
    with suppress(ImageError):
        assert rgb_from_compressed(CompressedImage(format="jpeg", data=magic + data)).ndim == 3


@pytest.mark.fault("F56")
@EXAMPLES
@given(
    st.lists(NUMBERS, min_size=9, max_size=9),
    st.lists(NUMBERS, max_size=14),
    st.sampled_from(["plumb_bob", "rational_polynomial", "equidistant", "", "odd"]),
    EDGES,
    EDGES,
    st.booleans(),
)
def test_any_camera_info_gives_intrinsics_or_a_reason(k, d, model, width, height, rectified):
    info = CameraInfo(width=width, height=height, k=k, d=d, distortion_model=model)
    with suppress(CameraInfoError), np.errstate(all="ignore"):
        intrinsics = intrinsics_from(info, (640, 480), rectified)
        assert intrinsics.width == 640
        assert intrinsics.rays(np.array([[10.0, 20.0], [np.nan, 0.0]])).shape == (2, 2)


@pytest.mark.fault("F56")
def test_a_thousand_random_images_over_dds_leave_a_working_node(probe, start_perception):
    random = np.random.default_rng(0)
    start_perception()
    probe.watch("/thfm/keypoints2d", Keypoints2D)
    infos = probe.node.create_publisher(CameraInfo, "/camera/camera_info", 10)
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    probe.spin_until(probe.watched_by_publishers, what="the publisher")
    time.sleep(0.5)
    names = [*ENCODINGS, "32FC1", "", "nonsense"]
    for _ in range(1000):
        width, height, step = (int(edge) for edge in random.integers(0, 40, 3))
        message = Image(encoding=str(random.choice(names)), width=width, height=height)
        message.step = step * int(random.integers(1, 5))
        message.data = random.bytes(int(random.integers(0, 4000)))
        message.header.stamp.sec = int(random.integers(-(2**31), 2**31))
        message.header.stamp.nanosec = int(random.integers(0, 2**32))
        probe.images.publish(message)
        info = CameraInfo(width=width, height=height, k=random.normal(0, 1e3, 9))
        info.d = random.normal(0, 1, int(random.integers(0, 9))).tolist()
        infos.publish(info)
        time.sleep(0.002)
    stamp = time.time_ns()

    def answered():
        nonlocal stamp
        stamp = time.time_ns()
        probe.publish(stamp)
        return any(
            m.header.stamp.sec * 10**9 + m.header.stamp.nanosec > stamp - 5 * 10**9
            for m in probe.received["/thfm/keypoints2d"]
        )

    probe.spin_until(answered, 60, "an answer after the noise")
