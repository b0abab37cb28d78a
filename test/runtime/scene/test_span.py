# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from thfm_ros.camera import Resize
from thfm_ros.model.config import TokenGroup
from thfm_ros.region import Crop
from thfm_ros.runtime.scene.span import metres_per_pixel

LANDMARKS = TokenGroup("landmarks2d", 33, 2, "landmarks2d")
BODY = TokenGroup("body", 34, 6, "body", per_step=34, step="latent")
TELLING = (LANDMARKS, replace(BODY, tells_span=True))
WHOLE = Resize((640, 480), (64, 48))


def told(log_span):
    values = np.zeros((2, 34, 6), np.float32)
    values[:, -1, 4] = log_span
    return {"body": values, "landmarks2d": np.zeros((2, 33, 2))}


@pytest.mark.parametrize("groups", [(), (LANDMARKS,), (BODY,)])
def test_nothing_is_told_by_groups_that_do_not_tell_it(groups):
    assert metres_per_pixel(told(0.0), groups, WHOLE) is None


def test_nothing_is_told_where_skeletons_did_not_run():
    assert metres_per_pixel({"mask": np.zeros((2, 48, 64))}, TELLING, WHOLE) is None


@pytest.mark.parametrize("log_span", [-np.inf, -1e9, 1e9, np.inf])
def test_nonsense_stays_finite(log_span):
    found = metres_per_pixel(told(log_span), TELLING, WHOLE)
    assert np.isfinite(found).all()
    assert (found > 0).all()


def test_what_is_not_a_number_is_not_told():
    assert np.isnan(metres_per_pixel(told(np.nan), TELLING, WHOLE)).all()


def test_a_picture_of_640_pixels_that_is_3_2_metres_wide():
    found = metres_per_pixel(told(np.log(3.2)), TELLING, WHOLE)
    assert found == pytest.approx([0.005, 0.005])


def test_letterboxed_bands_are_part_of_the_span():
    """Of a square in a 4:3 input, the input is as wide as 4/3 of the square."""
    found = metres_per_pixel(told(np.log(3.2)), TELLING, Resize((480, 480), (64, 48)))
    assert found == pytest.approx([0.005, 0.005])


def test_a_crop_and_all_of_the_picture_agree():
    crop = Crop((640, 480), (100, 50, 160, 120), (64, 48))
    found = metres_per_pixel(told(np.log(3.2 * 160 / 640)), TELLING, crop)
    assert found == pytest.approx([0.005, 0.005])
