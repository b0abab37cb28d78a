# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every lens model against OpenCV, to the edge of the picture and beyond it."""

import math
import time

import cv2
import numpy as np
import pytest

from thfm_ros.camera import Intrinsics, pixel_rays
from thfm_ros.lens import BROWN, FISHEYE, NAMES, lens_of

LENSES = {
    "barrel": ("plumb_bob", (-0.33, 0.11, 0.0006, -0.0004, -0.0177)),
    "four": ("plumb_bob", (-0.3, 0.1, 0.001, -0.002)),
    "rational": ("rational_polynomial", (0.5, 0.1, 3e-4, 1e-4, 0.01, 0.6, 0.2, 0.02)),
    "prism": (
        "rational_polynomial",
        (0.1, 0.1, 3e-4, 1e-4, 0.01, 0.06, 0.02, 0.002, *(1e-3,) * 4),
    ),
    "tilted": (
        "rational_polynomial",
        (0.1, 0.1, 3e-4, 1e-4, 0.01, 0.06, 0.02, 0.002, *(1e-3,) * 4, 0.02, 0.03),
    ),
    "fisheye": ("equidistant", (0.02, -0.01, 0.003, -0.001)),
    "ideal fisheye": ("equidistant", (0.0, 0.0, 0.0, 0.0)),
}
FOLDED = (-0.5, 0.0, 0.0006, -0.0004, 0.0)
"""Turns back on itself 39 degrees off the axis."""


def camera(lens, focal=600.0, size=(1280, 720)):
    model, coefficients = LENSES[lens]
    width, height = size
    return Intrinsics(focal, 1.02 * focal, width / 2, height / 2, *size, coefficients, model)


def opencv_pixels(camera, directions):
    """Where OpenCV projects directions [N, 3] to."""
    fisheye = camera.distortion_model == "equidistant"
    project = cv2.fisheye.projectPoints if fisheye else cv2.projectPoints
    still = np.zeros(3)
    found, _ = project(
        directions[:, None], still, still, camera.matrix, np.array(camera.distortion)
    )
    return found.reshape(-1, 2)


def directions_within(degrees, count=2000):
    random = np.random.default_rng(0)
    angle, around = np.radians(random.uniform(0, degrees, count)), random.uniform(0, 7, count)
    across = np.sin(angle)
    return np.stack((across * np.cos(around), across * np.sin(around), np.cos(angle)), -1)


@pytest.mark.parametrize(
    ("name", "coefficients", "message"),
    [
        ("omni", (0.1,) * 4, "distortion_model is 'omni', allowed is one of"),
        ("omni", (0.0,) * 4, "distortion_model is 'omni', allowed is one of"),
        ("plumb_bob", (0.1,) * 3, "distortion has 3 values, 'plumb_bob' has 4 or 5"),
        ("plumb_bob", (0.1,) * 15, "distortion has 15 values"),
        ("equidistant", (0.1,) * 5, "distortion has 5 values, 'equidistant' has 4"),
        ("none", (0.1, 0.0), "distortion_model is 'none', which has none"),
    ],
)
@pytest.mark.fault("F14")
def test_a_lens_that_is_in_doubt_is_named(name, coefficients, message):
    with pytest.raises(ValueError, match=message):
        lens_of(name, coefficients)


@pytest.mark.fault("F14")
@pytest.mark.parametrize(
    ("name", "coefficients", "family", "same_as"),
    [
        ("plumb_bob", (0.1, 0.2, 0.3, 0.4, 0.5, 0.0, 0.0, 0.0), BROWN, (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("plumb_bob", (0.1, 0.2, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0), BROWN, (0.1, 0.2, 0, 0, 0, 0.3)),
        ("rational_polynomial", (0.1, 0.2, 0.3, 0.4, 0.5), BROWN, (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("radtan", (0.1, 0.2, 0.3, 0.4), BROWN, (0.1, 0.2, 0.3, 0.4)),
        ("Plumb Bob", (0.1, 0.0), BROWN, (0.1,)),
        ("", (0.1, 0.2, 0.3, 0.4, 0.5), BROWN, (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("none", (0.0,) * 5, BROWN, ()),
        ("equidistant", (0.1, 0.2, 0.3, 0.4, 0.0), FISHEYE, (0.1, 0.2, 0.3, 0.4)),
        ("fisheye", (0.1,), FISHEYE, (0.1,)),
        ("kannala_brandt4", (0.1, 0.2, 0.3, 0.4), FISHEYE, (0.1, 0.2, 0.3, 0.4)),
        ("equidistant", (), FISHEYE, ()),
    ],
)
def test_what_drivers_publish_is_read_where_there_is_no_doubt(name, coefficients, family, same_as):
    lens = lens_of(name, coefficients)
    assert lens.family == family
    assert lens == lens_of("rational_polynomial" if family == BROWN else "equidistant", same_as)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_read_without_coefficients(name):
    assert lens_of(name, (0.0,) * 4) == lens_of(name, ())


@pytest.mark.fault("F14")
@pytest.mark.parametrize("lens", LENSES)
def test_projection_is_opencvs(lens):
    view = camera(lens)
    directions = directions_within(88 if "fisheye" in lens else 45)
    np.testing.assert_allclose(
        view.project(3.0 * directions), opencv_pixels(view, directions), atol=1e-9
    )


@pytest.mark.fault("F14")
@pytest.mark.parametrize("lens", LENSES)
def test_rays_undo_opencvs_projection(lens):
    view = camera(lens)
    directions = directions_within(88 if "fisheye" in lens else 45)
    pixels = opencv_pixels(view, directions)
    np.testing.assert_allclose(view.directions(pixels), directions, atol=1e-9)
    rays = directions[:, :2] / directions[:, 2:]
    np.testing.assert_allclose(view.rays(pixels), rays, rtol=1e-7, atol=1e-9)


@pytest.mark.fault("F14")
def test_a_fisheye_without_coefficients_is_no_pinhole():
    """Issue 27.4: a pixel at 60 degrees came back as 46."""
    lens = Intrinsics(300.0, 300.0, 320.0, 240.0, 640, 480, (0.0,) * 4, "equidistant")
    ((x, y),) = lens.rays([[320 + 300 * math.radians(60), 240]])
    assert (math.degrees(math.atan(x)), y) == pytest.approx((60, 0))


@pytest.mark.fault("F14")
def test_a_wide_fisheye_has_no_rays_beyond_a_right_angle():
    """Issue 27.4: points 100 km away on a lens of 200 degrees."""
    lens = Intrinsics(300.0, 300.0, 639.5, 359.5, 1280, 720, (), "equidistant")
    pixels = np.array([[639.5 + 300 * math.radians(a), 359.5] for a in (85, 89.5, 91, 99)])
    rays, directions = lens.rays(pixels), lens.directions(pixels)
    assert rays[0, 0] == pytest.approx(math.tan(math.radians(85)))
    assert np.isnan(rays[1:]).all()
    assert np.nanmax(np.abs(pixel_rays(lens))) < 60
    # Where such a pixel looks is known all the same.
    back = math.radians(99)
    np.testing.assert_allclose(directions[3], (math.sin(back), 0, math.cos(back)), atol=1e-9)


@pytest.mark.fault("F14")
def test_beyond_a_lenss_fold_there_is_nothing():
    """Issue 27.4: rays past the fold came back on the other side, or infinite."""
    lens = Intrinsics(700.0, 700.0, 640.0, 360.0, 1280, 720, FOLDED, "plumb_bob")
    inside = directions_within(38)
    np.testing.assert_allclose(lens.directions(opencv_pixels(lens, inside)), inside, atol=1e-6)
    beyond = directions_within(40) * (1, 1, 0.7)
    beyond = beyond[np.hypot(*beyond[:, :2].T) > 0.85 * beyond[:, 2]]
    assert np.isnan(lens.project(beyond)).all()
    x, y = pixel_rays(lens)
    columns, rows = np.meshgrid(np.arange(1280) - 640.0, np.arange(720) - 360.0)
    known = np.isfinite(x) & np.isfinite(y)
    assert not known[0, 0]
    assert known[360, 640]
    assert (x[known] * columns[known] >= -1e-3).all()
    assert (y[known] * rows[known] >= -1e-3).all()
    assert np.hypot(x[known], y[known]).max() < 0.85


@pytest.mark.parametrize("lens", [*LENSES, "folded"])
def test_the_rays_of_all_pixels_are_those_of_each(lens):
    """Issue 27.1: to a hundredth of a pixel."""
    view = Intrinsics(700.0, 700.0, 640.0, 360.0, 1280, 720, FOLDED, "plumb_bob")
    view = view if lens == "folded" else camera(lens, focal=400.0)
    found, pixels = pixel_rays(view), np.random.default_rng(0).integers(0, (1280, 720), (20_000, 2))
    rays = found[:, pixels[:, 1], pixels[:, 0]].T.astype(np.float64)
    np.testing.assert_array_equal(np.isnan(rays), np.isnan(view.rays(pixels)))
    known = np.isfinite(rays).all(-1)
    back = view.project(np.pad(rays[known], ((0, 0), (0, 1)), constant_values=1.0))
    np.testing.assert_allclose(back, pixels[known], atol=0.01)


def test_the_rays_of_all_pixels_take_little_time():
    """Issue 27.1: a first subscriber to `points` silenced everything for 29 s."""
    view = camera("barrel", focal=900.0)
    took = []
    for _ in range(5):
        pixel_rays.cache_clear()
        begin = time.thread_time()
        pixel_rays(view)
        took.append(time.thread_time() - begin)
    assert min(took) < 0.05
