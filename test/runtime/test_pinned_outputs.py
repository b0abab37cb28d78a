# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the shipped weights answer stays what it was while the code around them changes."""

import numpy as np
import pytest

from tools.pin_outputs import PINS, outputs


@pytest.fixture(scope="module")
def answers():
    return outputs()


@pytest.mark.parametrize("name", np.load(PINS).files)
def test_the_shipped_weights_answer_as_pinned(answers, name):
    """Bit for bit on one machine; another CPU multiplies in another order."""
    expected = np.load(PINS)[name]
    assert answers[name].shape == expected.shape
    assert np.abs(answers[name] - expected).max() < 2e-3
    assert np.abs(answers[name] - expected).mean() < 1e-5
