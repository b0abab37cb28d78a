# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.evaluation.metrics.calibration import calibration_error


def test_no_confidences_have_no_error():
    assert np.isnan(calibration_error(np.array([]), np.array([])))


def test_hand_computed_calibration_error():
    # Bin 0.9..1: confidence 0.95, half are right; bin 0.2..0.3: confidence 0.25, none is.
    error = calibration_error(np.array([0.95, 0.95, 0.25, 0.25]), np.array([1, 0, 0, 0]))
    assert error == pytest.approx((2 * 0.45 + 2 * 0.25) / 4)
    assert calibration_error(np.array([1.0, 0.0]), np.array([1, 0])) == 0


def test_draws_from_the_stated_probabilities_are_calibrated():
    random = np.random.default_rng(0)
    probability = random.uniform(size=20_000)
    happened = random.uniform(size=20_000) < probability
    assert calibration_error(probability, happened) < 0.02
    assert calibration_error(probability**2, happened) > 0.1
