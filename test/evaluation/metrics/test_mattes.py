# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.evaluation.metrics import mattes


def square(low, high, size=16):
    matte = np.zeros((size, size))
    matte[low:high, low:high] = 1
    return matte


def test_two_empty_mattes_agree():
    assert mattes.iou(np.zeros((4, 4)), np.zeros((4, 4))) == 1


def test_hand_computed_iou():
    assert mattes.iou(square(0, 4), square(2, 6)) == pytest.approx(4 / 28)


def test_hand_computed_mse_and_sad():
    predicted, truth = np.full((10, 10), 0.5), np.zeros((10, 10))
    assert mattes.mse(predicted, truth) == 0.25
    assert mattes.sad(predicted, truth) == pytest.approx(0.05)
    band = np.zeros((10, 10), bool)
    band[0] = True
    assert mattes.sad(predicted, truth, band) == pytest.approx(0.005)


def test_equal_mattes_have_no_error():
    matte = square(3, 12)
    assert mattes.gradient_error(matte, matte) == 0
    assert mattes.connectivity_error(matte, matte) == 0
    assert mattes.dtssd(np.stack([matte] * 3), np.stack([matte] * 3)) == 0


def test_a_blurred_edge_has_a_gradient_error():
    from scipy.ndimage import gaussian_filter

    sharp = square(4, 12)
    errors = [mattes.gradient_error(gaussian_filter(sharp, s), sharp) for s in (0.5, 1, 2)]
    assert errors == sorted(errors)
    assert errors[0] > 0


def test_a_loose_island_has_a_connectivity_error():
    truth, island = square(2, 8), square(2, 8)
    island[12:14, 12:14] = 1
    assert mattes.connectivity_error(island, truth) == pytest.approx(4 / 1000)


def test_hand_computed_dtssd():
    truth = np.zeros((2, 4, 4))
    flickering = truth.copy()
    flickering[1] = 0.1
    assert mattes.dtssd(flickering, truth) == pytest.approx(10)
    assert np.isnan(mattes.dtssd(truth[:1], truth[:1]))
