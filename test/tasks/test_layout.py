# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every number of a token group has one meaning, and one place that knows it."""

import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.tasks.layout import BODY, LAYOUTS


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_no_column_has_two_meanings_and_none_has_no_meaning(layout):
    numbers = np.arange(layout.rows * layout.columns).reshape(layout.rows, layout.columns)
    found = [
        read(numbers)
        for column, read in (
            (layout.image, layout.image_points),
            (layout.body, layout.body_points),
            (layout.confidence, layout.visibility),
        )
        if column is not None
    ]
    landmarks = numbers[: skeleton.COUNT]
    assert sorted(np.concatenate([part.ravel() for part in found])) == sorted(landmarks.ravel())


def test_the_person_follows_the_landmarks_and_shares_their_columns():
    values = np.zeros((2, BODY.rows, BODY.columns))
    values[:, -1] = 0, 0, 0, 0, 1.5, 7
    assert BODY.presence(values).tolist() == [7, 7]
    assert BODY.log_span(values).tolist() == [1.5, 1.5]
    assert not BODY.image_points(values).any()
    assert not BODY.visibility(values).any()


def test_what_is_returned_can_be_written_to():
    values = np.zeros((BODY.rows, BODY.columns))
    BODY.body_points(values)[:] = 3
    assert values.sum() == 3 * 3 * skeleton.COUNT
