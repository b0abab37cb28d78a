# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.media.overlay import draw_banner, draw_mask, draw_skeletons

IMAGE = np.full((48, 64, 3), 100, np.uint8)


def test_drawing_leaves_the_image_alone():
    mask = np.ones((48, 64), np.float32)
    for drawn in (draw_mask(IMAGE, mask), draw_banner(IMAGE, "text"), draw_skeletons(IMAGE, ())):
        assert drawn is not IMAGE
        assert drawn.dtype == np.uint8
    assert (IMAGE == 100).all()


def test_the_mask_tints_only_where_people_are():
    mask = np.zeros((48, 64), np.float32)
    mask[:, 32:] = 7.0
    drawn = draw_mask(IMAGE, mask)
    assert (drawn[:, :32] == 100).all()
    assert (drawn[:, 32:] == drawn[0, 40]).all()
    assert drawn[0, 40, 1] > 100


def test_the_tint_is_as_strong_as_the_mask():
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    mask = np.zeros((48, 64), np.float32)
    mask[8:40, 5:60] = np.linspace(0, 1, 55)
    weight = 0.45 * mask[..., None]
    expected = image * (1 - weight) + np.array((90, 220, 130)) * weight
    assert np.abs(draw_mask(image, mask) - expected).max() <= 1


def test_banners_fit_tiny_and_huge_images():
    for height, width in ((2, 2), (48, 64), (2000, 3000)):
        image = np.zeros((height, width, 3), np.uint8)
        assert draw_banner(image, "UNTRAINED WEIGHTS").shape == image.shape
