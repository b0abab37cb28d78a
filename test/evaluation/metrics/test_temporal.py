# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from thfm_ros.evaluation.metrics import temporal

RANDOM = np.random.default_rng(0)
TEXTURE = cv2.GaussianBlur(RANDOM.integers(0, 256, (120, 160, 3), dtype=np.uint8), (0, 0), 2)


def moved(image, pixels):
    return np.roll(image, pixels, axis=1)


@pytest.fixture(scope="module")
def flow():
    """Everything moves three pixels to the right."""
    return temporal.Flow(TEXTURE, moved(TEXTURE, 3))


def test_what_moves_with_the_image_does_not_change(flow):
    ramp = np.tile(np.linspace(0, 1, 160, dtype=np.float32), (120, 1))
    steady = temporal.warping_error(flow, ramp, moved(ramp, 3))
    stuck = temporal.warping_error(flow, ramp, ramp)
    assert steady < 0.1 * stuck
    assert stuck == pytest.approx(3 / 159, rel=0.1)


def test_a_scale_of_depth_is_no_change_but_its_shape_is(flow):
    depth = np.tile(np.linspace(1, 2, 160, dtype=np.float32), (120, 1))
    assert temporal.relative_warping_error(flow, depth, 3 * moved(depth, 3)) < 2e-3
    assert temporal.relative_warping_error(flow, depth, depth[:, ::-1].copy()) > 0.1


def test_hand_computed_angle(flow):
    before = np.zeros((120, 160, 3), np.float32)
    after = before.copy()
    before[..., 2] = -1
    after[..., 1:] = -np.sqrt(0.5)
    assert temporal.warping_angle(flow, before, after) == pytest.approx(45, abs=0.01)


def test_unknown_pixels_do_not_count(flow):
    nothing = np.full((120, 160), np.nan, np.float32)
    assert np.isnan(temporal.warping_error(flow, nothing, nothing))
    assert np.isnan(temporal.relative_warping_error(flow, nothing, nothing))
    assert np.isnan(temporal.warping_angle(flow, *[np.full((120, 160, 3), np.nan, np.float32)] * 2))


def test_a_hidden_pixel_is_not_compared():
    before, after = TEXTURE.copy(), TEXTURE.copy()
    after[40:80, 60:100] = 255 - after[40:80, 60:100]
    flow = temporal.Flow(before, after)
    assert flow.valid.mean() > 0.7


def test_large_images_are_compared_at_a_fixed_width():
    image = cv2.resize(TEXTURE, (640, 480))
    flow = temporal.Flow(image, image)
    assert flow.size == (320, 240)
    assert temporal.warping_error(flow, *[np.ones((480, 640), np.float32)] * 2) == 0


def test_hand_computed_seam_ratio():
    changes = np.array([np.nan, 1, 1, 3, 1, 1, 5])
    seams = np.array([True, False, False, True, False, False, True])
    assert temporal.seam_ratio(changes, seams) == 4
    assert np.isnan(temporal.seam_ratio(changes, ~seams & False))
