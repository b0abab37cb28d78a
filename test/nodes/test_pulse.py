# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from thfm_ros.nodes.pulse import Pulse, Trouble

GOOD = {"image": 0.1, "taken": 0.1, "flowing": 60.0, "result": 0.1, "wanted": 60.0}


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({}, Trouble.NONE),
        ({"image": 2.5, "taken": 2.5}, Trouble.SILENT),
        ({"taken": 2.5, "refused": 0.1}, Trouble.REFUSED),
        # The last refusal was before the last image that was taken.
        ({"taken": 2.5, "refused": 30.0}, Trouble.NONE),
        ({"refused": 0.1}, Trouble.NONE),
        ({"result": 2.5}, Trouble.STALLED),
        ({"result": math.inf}, Trouble.STALLED),
        # Nobody subscribes, or only just: nothing is due.
        ({"result": 2.5, "wanted": math.nan}, Trouble.NONE),
        ({"result": 2.5, "wanted": 0.5}, Trouble.NONE),
        # Images have only just come back.
        ({"result": 60.0, "flowing": 0.5}, Trouble.NONE),
        ({"result": 60.0, "flowing": math.inf}, Trouble.NONE),
    ],
    ids=str,
)
def test_trouble(change, trouble):
    assert Pulse(**{**GOOD, **change}).trouble(2.0, 0.0) == trouble


def test_a_slow_stride_is_no_stall():
    assert Pulse(**{**GOOD, "result": 2.5}).trouble(2.0, 8.0) == Trouble.NONE


@pytest.mark.parametrize(("change", "due"), [({"result": 1.5}, 1.5), ({"wanted": math.nan}, 0.0)])
def test_for_how_long_a_result_is_due(change, due):
    assert Pulse(**{**GOOD, **change}).unanswered == due
