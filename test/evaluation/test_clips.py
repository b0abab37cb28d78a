# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.evaluation.clips import windows


@pytest.mark.parametrize(
    ("frames", "length", "expected"),
    [
        (1, 5, [(-4, 1)]),
        (5, 5, [(0, 5)]),
        (9, 5, [(0, 5), (4, 4)]),
        (7, 5, [(0, 5), (2, 2)]),
        (3, 1, [(0, 1), (1, 1), (2, 1)]),
    ],
)
def test_windows_cover_every_frame_once(frames, length, expected):
    assert windows(frames, length) == expected
    assert sum(fresh for _, fresh in expected) == frames
