# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.evaluation.metrics import maps

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.uniform(1, 4, (3, 8, 8))
ALL = np.ones_like(TRUTH, bool)


def test_no_pixels_are_nan():
    assert np.isnan(list(maps.depth_errors(TRUTH, TRUTH, ~ALL).values())).all()
    assert np.isnan(list(maps.normal_errors(np.zeros(0)).values())).all()
    assert np.isnan(maps.dense_pose_error(np.ones((2, 3)), np.ones((2, 3)), np.zeros(2, bool)))


def test_alignment_is_least_squares_over_the_clip():
    assert maps.align_depth(0.5 * TRUTH - 3, TRUTH, ALL) == pytest.approx((2, 6))


def test_a_constant_prediction_becomes_the_mean():
    scale, shift = maps.align_depth(np.ones_like(TRUTH), TRUTH, ALL)
    assert (scale, shift) == (0, pytest.approx(TRUTH.mean()))


def test_hand_computed_depth_errors():
    errors = maps.depth_errors(1.2 * TRUTH, TRUTH, ALL)
    assert errors["abs_rel"] == pytest.approx(0.2)
    assert errors["delta1"] == 1
    assert errors["rmse"] == pytest.approx(0.2 * np.sqrt((TRUTH**2).mean()))
    assert maps.depth_errors(1.3 * TRUTH, TRUTH, ALL)["delta1"] == 0


def test_hand_computed_angles():
    truth = np.tile([0.0, 0.0, -1.0], (4, 1))
    tilts = np.radians([0, 10, 20, 40])
    predicted = 3 * np.stack([np.sin(tilts), np.zeros(4), -np.cos(tilts)], -1)
    angles = maps.normal_angles(predicted, truth, np.ones(4, bool))
    assert angles == pytest.approx([0, 10, 20, 40], abs=1e-5)
    errors = maps.normal_errors(angles)
    assert (errors["mean_deg"], errors["median_deg"]) == pytest.approx((17.5, 15))
    assert [errors[f"under_{t}"] for t in ("11.25", "22.5", "30")] == [0.5, 0.75, 0.75]


def test_hand_computed_dense_pose():
    predicted = np.zeros((2, 3))
    predicted[0] = (0.3, -0.6, 0)
    error = maps.dense_pose_error(predicted, np.zeros((2, 3)), np.ones(2, bool))
    assert error == pytest.approx((0.3 + 0.6) / 6)


def test_depth_errors_agree_with_torchmetrics():
    torch = pytest.importorskip("torch")
    regression = pytest.importorskip("torchmetrics.regression")
    predicted, truth = np.random.default_rng(4).uniform(1, 5, (2, 8, 9))
    errors = maps.depth_errors(predicted, truth, np.ones((8, 9), bool))
    tensors = torch.from_numpy(predicted), torch.from_numpy(truth)
    relative = regression.MeanAbsolutePercentageError()
    assert errors["abs_rel"] == pytest.approx(float(relative(*tensors)), rel=1e-5)
    squared = regression.MeanSquaredError(squared=False)
    assert errors["rmse"] == pytest.approx(float(squared(*tensors)), rel=1e-5)


def test_alignment_agrees_with_numpy_polyfit():
    predicted, truth = np.random.default_rng(4).uniform(1, 5, (2, 8, 9))
    found = maps.align_depth(predicted, truth, np.ones((8, 9), bool))
    assert found == pytest.approx(tuple(np.polyfit(predicted.ravel(), truth.ravel(), 1)))


def test_disparity_alignment_undoes_a_scale_and_a_shift():
    predicted = 1 / (2.5 / TRUTH - 0.1)
    scale, shift = maps.align_disparity(predicted, TRUTH, ALL)
    assert (scale, shift) == pytest.approx((0.4, 0.04))
    assert np.allclose(maps.depth_from_disparity(predicted, scale, shift), TRUTH)
