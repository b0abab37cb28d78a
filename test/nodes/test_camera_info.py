# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header

from thfm_ros.camera import Resize
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from, is_rectified
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
        (info(d=[float("nan")]), r"not finite: d\[0\] nan"),
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


@pytest.mark.parametrize(
    ("topic", "rectified"),
    [
        ("/camera/image_rect", True),
        ("/camera/color/image_rect_color/compressed", True),
        ("/camera/infra1/image_rect_raw", True),
        ("/zed/rgb/color/rect/image", True),
        ("/image_rectified", True),
        ("/camera/image_raw", False),
        ("/rect_room/image_raw", False),
        ("/camera/direct/image", False),
        ("/camera/image/compressed", False),
    ],
)
def test_a_rectified_image_is_known_by_its_name(topic, rectified):
    assert is_rectified(topic) == rectified


def test_a_rectified_image_whose_driver_leaves_p_empty_goes_by_k():
    plain = CameraInfo(width=640, height=480, k=[500.0, 0, 310, 0, 510.0, 250, 0, 0, 1])
    assert intrinsics_from(plain, (640, 480), rectified=True).fx == 500.0
    plain.d = [0.1, 0.0, 0.0, 0.0]
    with pytest.raises(CameraInfoError, match="not calibrated"):
        intrinsics_from(plain, (640, 480), rectified=True)


@given(st.integers(4, 500))
def test_what_we_publish_projects_where_the_resized_pixels_are(scale):
    size, point = (4 * scale, 3 * scale), np.array([0.3, -0.2, 2.0])
    scaled = camera_info_for(info(), Header(), size)
    pixel = intrinsics_from(info(), (640, 480)).project(point)
    expected = Resize((640, 480), size, "stretch").pixels_to_target(pixel)
    np.testing.assert_allclose(intrinsics_from(scaled, size).project(point), expected, atol=1e-6)


def test_baseline_scales_with_p():
    scaled = camera_info_for(info(), Header(frame_id="left"), (320, 240))
    assert scaled.p[3] == pytest.approx(-12.5)
    assert (scaled.width, scaled.header.frame_id) == (320, "left")


REGION = RegionOfInterest(x_offset=100, y_offset=40, width=320, height=240, do_rectify=True)
BINNED = {"binning_x": 2, "binning_y": 2}


@pytest.mark.fault("F12")
@pytest.mark.parametrize(
    ("fields", "size", "k", "p"),
    [
        # The whole sensor: nothing changes.
        ({}, (640, 480), (500, 510, 310, 250), (450, 459, 310, 250, -25)),
        # Its region of interest: the principal point moves, the focal length stays.
        ({"roi": REGION}, (320, 240), (500, 510, 210, 210), (450, 459, 210, 210, -25)),
        # Binned by two: the middle of a bin of pixels 0 and 1 is 0.5, so 310 is (310 - 0.5) / 2.
        (BINNED, (320, 240), (250, 255, 154.75, 124.75), (225, 229.5, 154.75, 124.75, -12.5)),
        # Both: the region is in pixels of the sensor, so 310 is (310 - 100 - 0.5) / 2.
        (
            {"roi": REGION, **BINNED},
            (160, 120),
            (250, 255, 104.75, 104.75),
            (225, 229.5, 104.75, 104.75, -12.5),
        ),
        # Binned by other numbers across and down.
        (
            {"binning_x": 4},
            (160, 480),
            (125, 510, 77.125, 250),
            (112.5, 459, 77.125, 250, -6.25),
        ),
    ],
    ids=["whole", "region", "binned", "binned_region", "binned_across"],
)
def test_regions_and_binning_are_taken_into_k_and_p(fields, size, k, p):
    given = info(d=[0.1, 0.2, 0.0, 0.0], **fields)
    found = camera_info_for(given, Header(), size)
    np.testing.assert_allclose(found.k, (k[0], 0, k[2], 0, k[1], k[3], 0, 0, 1))
    np.testing.assert_allclose(found.p, (p[0], 0, p[2], p[4], 0, p[1], p[3], 0, 0, 0, 1, 0))
    assert (found.width, found.height) == size
    assert found.roi == RegionOfInterest()
    assert (found.binning_x, found.binning_y) == (0, 0)
    assert list(found.d) == [0.1, 0.2, 0.0, 0.0]
    # What we publish says the same to those who read it as what we read ourselves.
    for rectified in (False, True):
        ours = intrinsics_from(given, size, rectified)
        assert ours == intrinsics_from(found, size, rectified)
    # Of an image that was rectified before, K says what P did.
    found = camera_info_for(given, Header(), size, rectified=True)
    np.testing.assert_allclose(found.k, (p[0], 0, p[2], 0, p[1], p[3], 0, 0, 1))
    assert not any(found.d)
    assert given.k[2] == 310.0


@pytest.mark.fault("F12")
def test_what_does_not_fill_a_bin_is_cut_off():
    odd = intrinsics_from(info(size=(641, 481), **BINNED), (320, 240))
    assert (odd.fx, odd.cx) == (250.0, 154.75)


@pytest.mark.fault("F12")
def test_an_image_that_is_neither_the_sensor_nor_its_region_has_no_intrinsics():
    with pytest.raises(CameraInfoError, match="region of 320x240 pixels, binned 1x1"):
        intrinsics_from(info(roi=REGION), (160, 120))
