# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thfm_ros.runtime.scene.robust import median, noise_of, row_medians

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(NUMBERS, min_size=1, max_size=9))
def test_the_median_is_numpys(values):
    assert median(np.array(values)) == pytest.approx(np.median(values))


@given(st.lists(NUMBERS, min_size=1, max_size=9), st.integers(0, 3))
def test_what_is_not_known_has_no_say(values, unknown):
    row = np.random.default_rng(0).permutation(values + [np.nan] * unknown)
    assert row_medians(row[None]) == pytest.approx(np.median(values))


def test_where_nothing_is_known_the_median_is_not():
    np.testing.assert_array_equal(row_medians(np.full((2, 9), np.nan)), [np.nan, np.nan])


def test_an_outlier_is_no_noise():
    residual = np.abs(np.random.default_rng(0).normal(0, 2.0, 1001))
    residual[:50] = 1e6
    assert noise_of(residual, 0.1) == pytest.approx(2.0, rel=0.15)
    assert noise_of(np.zeros(4), 0.1) == 0.1
