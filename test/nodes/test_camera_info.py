# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from thfm_ros.camera import Resize
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from
from thfm_ros.nodes.camera_info import camera_info_for


def info(fx=500.0, fy=510.0, cx=310.0, cy=250.0, size=(640, 480), **fields):
    return CameraInfo(
        width=size[0],
        height=size[1],
        k=[fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
        p=[0.9 * fx, 0.0, cx, -25.0, 0.0, 0.9 * fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
        **fields,
    )


@pytest.mark.fault("F12", "F13")
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (info(fx=0.0), "not calibrated"),
        (CameraInfo(), "not calibrated"),
        (info(fx=float("nan")), "not finite"),
        (info(cy=float("inf")), "not finite"),
        (info(d=[float("nan")]), "not finite"),
        (info(fx=-5.0), "fx is -5.0"),
        (info(size=(640, 360)), "camera_info is for 640x360 pixels, the image has 640x480"),
        (info(size=(0, 0)), "width is 0"),
    ],
)
def test_an_unusable_info_says_why(bad, reason):
    with pytest.raises(CameraInfoError, match=reason):
        intrinsics_from(bad, (640, 480))


def test_any_numbers_give_intrinsics_or_an_error():
    numbers = st.floats(allow_nan=True, allow_infinity=True)
    sizes = st.integers(0, 5000)

    @given(numbers, numbers, numbers, numbers, sizes, sizes)
    def check(fx, fy, cx, cy, width, height):
        try:
            intrinsics_from(info(fx, fy, cx, cy, (width, height)), (640, 480))
        except CameraInfoError:
            return

    check()


@pytest.mark.fault("F12")
def test_an_info_of_another_resolution_is_scaled():
    scaled = intrinsics_from(info(size=(1280, 960), fx=1000.0, cx=639.5), (640, 480))
    assert (scaled.fx, scaled.cx, scaled.width) == (500.0, 319.5, 640)


def test_a_rectified_image_goes_by_p_and_has_no_distortion():
    plain = intrinsics_from(info(d=[0.1, 0.2, 0.0, 0.0]), (640, 480))
    rectified = intrinsics_from(info(d=[0.1, 0.2, 0.0, 0.0]), (640, 480), rectified=True)
    assert (plain.fx, plain.distortion) == (500.0, (0.1, 0.2, 0.0, 0.0))
    assert (rectified.fx, rectified.distortion) == (450.0, ())


@given(st.integers(16, 2000), st.integers(16, 2000))
def test_what_we_publish_projects_where_the_resized_pixels_are(width, height):
    point = np.array([0.3, -0.2, 2.0])
    scaled = camera_info_for(info(), Header(), (width, height))
    pixel = intrinsics_from(info(), (640, 480)).project(point)
    expected = Resize((640, 480), (width, height), "stretch").pixels_to_target(pixel)
    found = intrinsics_from(scaled, (width, height)).project(point)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_baseline_scales_with_p_and_binning_is_done():
    scaled = camera_info_for(info(binning_x=2, binning_y=2), Header(frame_id="left"), (320, 240))
    assert scaled.p[3] == pytest.approx(-12.5)
    assert (scaled.binning_x, scaled.width, scaled.header.frame_id) == (0, 320, "left")
