# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.runtime.stream.schedule import Schedule


def test_an_unknown_task_is_named():
    with pytest.raises(ValueError, match="smell"):
        Schedule({"smell": 2})


def test_a_task_cannot_run_less_than_never():
    with pytest.raises(ValueError, match=r"schedule\.depth is 0, allowed is 1 or more"):
        Schedule({"depth": 0})


def test_tasks_run_in_every_nth_window():
    schedule = Schedule({"depth": 3})
    due = [schedule.due(("depth", "mask"), window) for window in range(4)]
    assert due == [("depth", "mask"), ("mask",), ("mask",), ("depth", "mask")]
