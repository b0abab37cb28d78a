# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thfm_ros.camera import RESIZE_MODES, Intrinsics, Resize

SIZES = st.tuples(st.integers(2, 2000), st.integers(2, 2000))
RESIZES = st.builds(Resize, SIZES, SIZES, st.sampled_from(RESIZE_MODES))


@pytest.mark.parametrize(
    ("field", "value"), [("fx", 0.0), ("fy", -1.0), ("cx", np.nan), ("width", 0)]
)
def test_bad_intrinsics_are_named(field, value):
    good = {"fx": 500.0, "fy": 500.0, "cx": 320.0, "cy": 240.0, "width": 640, "height": 480}
    with pytest.raises(ValueError, match=rf"Intrinsics\.{field} is .*allowed"):
        Intrinsics(**{**good, field: value})


def test_bad_resize_is_named():
    with pytest.raises(ValueError, match=r"Resize\.mode is 'zoom'"):
        Resize((4, 4), (4, 4), "zoom")
    with pytest.raises(ValueError, match=r"Resize\.source is \(0, 4\)"):
        Resize((0, 4), (4, 4))


@given(RESIZES, st.floats(-50, 2050), st.floats(-50, 2050))
def test_pixels_go_there_and_back(resize, x, y):
    pixel = np.array([x, y])
    assert np.allclose(resize.pixels_to_source(resize.pixels_to_target(pixel)), pixel, atol=1e-6)


@given(RESIZES)
def test_the_image_centre_stays_the_centre(resize):
    centre = (np.array(resize.source) - 1) / 2
    assert np.allclose(
        resize.pixels_to_target(centre), (np.array(resize.target) - 1) / 2, atol=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(RESIZE_MODES), st.integers(40, 300), st.integers(40, 300), st.integers(0, 10**6)
)
def test_a_smooth_map_is_not_shifted_by_half_a_pixel(mode, width, height, seed):
    resize = Resize((width, height), (128, 96), mode)
    rows, columns = np.indices((height, width), dtype=np.float32)
    image = np.stack([columns, rows, np.zeros_like(rows)], -1)
    target = resize.image_to_target(image)
    inner = np.array([[64.0, 48.0]]) + np.random.default_rng(seed).integers(-12, 12, 2)
    x, y = resize.pixels_to_source(inner)[0]
    u, v = inner[0].astype(int)
    if 2 < x < width - 3 and 2 < y < height - 3:
        assert target[v, u, :2] == pytest.approx([x, y], abs=0.51)


def test_maps_come_back_at_the_source_size():
    resize = Resize((640, 480), (256, 192))
    rows, columns = np.indices((192, 256), dtype=np.float32)
    mapped = resize.map_to_source(np.stack([columns, rows], -1))
    assert mapped.shape == (480, 640, 2)
    assert mapped[240, 320] == pytest.approx(resize.pixels_to_target([320, 240]), abs=0.05)


def test_what_a_crop_cuts_away_is_outside():
    resize = Resize((640, 480), (96, 96), "crop")
    mapped = resize.map_to_source(np.ones((96, 96), np.float32), outside=np.nan)
    assert np.isnan(mapped[:, 0]).all()
    assert (mapped[:, 320] == 1).all()


def test_letterbox_bands_are_black():
    target = Resize((100, 50), (64, 64)).image_to_target(np.full((50, 100, 3), 255, np.uint8))
    assert target.shape == (64, 64, 3)
    assert not target[:15].any()
    assert (target[20:44] == 255).all()


def test_rays_of_nowhere_are_nowhere():
    lens = Intrinsics(400.0, 410.0, 320.0, 240.0, 640, 480, (-0.3, 0.1, 0.001, -0.002))
    rays = lens.rays([[300.0, 200.0], [np.nan, 3.0]])
    np.testing.assert_array_equal(np.isnan(rays), [[False, False], [True, True]])


@given(x=st.floats(0, 639), y=st.floats(0, 479))
def test_a_camera_that_faces_a_pixel_has_it_ahead(x, y):
    camera = Intrinsics(500, 520, 300, 250, 640, 480)
    turn = camera.facing((x, y))
    np.testing.assert_allclose(camera.project(turn @ (0, 0, 1)), (x, y), atol=1e-6)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


@pytest.mark.fault("F14")
def test_a_lens_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"Intrinsics\.distortion_model is 'omni'"):
        Intrinsics(400.0, 410.0, 320.0, 240.0, 640, 480, (0.1,) * 5, "omni")


@pytest.mark.parametrize("source", [(640, 360), (640, 480), (60, 45), (848, 480), (128, 96)])
def test_what_lies_in_a_letterboxs_bands_stays_there(source):
    resize = Resize(source, (128, 96))
    rows, columns = np.indices((96, 128), dtype=np.float32)
    x, y = np.moveaxis(resize.pixels_to_source(np.stack([columns, rows], -1)), -1, 0)
    inside = (y > -0.5) & (y < source[1] - 0.5)
    mapped = resize.map_to_source(np.where(inside, x, 1e6).astype(np.float32))
    whole = float(resize.offset[1]).is_integer()
    expected = np.arange(source[0]).clip(x.min(), x.max())
    rows = mapped if whole else mapped[8:-8]
    np.testing.assert_allclose(rows, np.broadcast_to(expected, rows.shape), atol=0.2)
    assert not np.shares_memory(resize.map_to_source(columns), columns)
