# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.runtime.stream.blind import why_blind


@pytest.mark.fault("F31", "F91")
@pytest.mark.parametrize(("level", "shade"), [(0, "black"), (255, "white"), (128, "one colour")])
def test_a_covered_lens_shows_nobody_and_says_so(level, shade):
    noise = np.random.default_rng(0).normal(level, 1.0, (480, 640, 3))
    assert f"all {shade}" in why_blind(np.clip(noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("size", [(1, 1), (3, 5)])
def test_tiny_pictures_show_nothing(size):
    assert why_blind(np.zeros((*size, 3), np.uint8))


def test_a_dark_room_is_no_covered_lens():
    image = np.full((480, 640, 3), 4, np.uint8)
    image[100:300, 200:300] = 25
    assert why_blind(image) == ""
