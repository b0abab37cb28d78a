# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np

from thfm_ros.synth.artefacts import CLEAN, auto_exposure, develop, draw_look


def ramp():
    light = np.linspace(0, 1, 64, dtype=np.float32)
    return np.repeat(np.tile(light, (48, 1))[..., None], 3, 2)


def test_a_clean_camera_keeps_order_and_neutral_grey(rng):
    picture = develop(ramp(), 1.0, CLEAN, rng)
    assert picture.dtype == np.uint8
    assert (np.diff(picture[0, :, 0].astype(int)) >= 0).all()
    assert np.array_equal(picture[..., 0], picture[..., 2])


def test_a_grey_camera_has_no_colour(rng):
    colour = np.random.default_rng(1).random((32, 40, 3)).astype(np.float32)
    picture = develop(colour, 1.0, dataclasses.replace(CLEAN, grey=True, noise=0.02), rng)
    assert np.ptp(picture.astype(int), axis=-1).max() <= 1


def test_flicker_dims_rows_not_columns(rng):
    flat = np.full((100, 20, 3), 0.3, np.float32)
    picture = develop(flat, 1.0, dataclasses.replace(CLEAN, flicker=0.1, flicker_rows=50.0), rng)
    assert np.ptp(picture[:, 0, 0].astype(int)) > 3
    assert np.ptp(picture[0, :, 0].astype(int)) == 0


def test_exposure_brightens_the_dark_and_looks_at_people():
    mask = np.zeros((48, 64), np.uint8)
    assert auto_exposure(ramp() * 0.01, mask) > 20 * auto_exposure(ramp(), mask)
    mask[:, :16] = 255
    assert auto_exposure(ramp(), mask) > auto_exposure(ramp(), np.zeros_like(mask))


def test_looks_vary_and_repeat_with_the_seed():
    looks = [draw_look(np.random.default_rng(seed)) for seed in range(40)]
    assert any(look.jpeg for look in looks)
    assert any(look.blur for look in looks)
    again = draw_look(np.random.default_rng(7))
    assert again.exposure == looks[7].exposure
