# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import queue
import time

import pytest

from thfm_ros.nodes.watchdog import Watchdog


@pytest.fixture
def watch():
    dogs = []

    def watch(period_s, look, report, failed=print):
        dogs.append(Watchdog(period_s, look, report, failed))
        return dogs[-1]

    yield watch
    for dog in dogs:
        dog.stop()


def test_a_report_that_fails_is_told_and_the_next_one_comes(watch):
    errors = queue.Queue()
    watch(0.01, lambda: None, lambda: 1 // 0, errors.put)
    assert [str(errors.get(timeout=5)) for _ in range(2)] == [
        "integer division or modulo by zero"
    ] * 2


def test_a_change_is_reported_at_once_and_no_change_once_a_period(watch):
    state, reports = {"trouble": ""}, queue.Queue()
    watch(60.0, lambda: state["trouble"], lambda: reports.put(state["trouble"]))
    assert reports.get(timeout=5) == ""
    state["trouble"] = "no images"
    begin = time.monotonic()
    assert reports.get(timeout=5) == "no images"
    assert time.monotonic() - begin < 1.0
    with pytest.raises(queue.Empty):
        reports.get(timeout=0.3)


def test_nothing_is_reported_after_the_end(watch):
    reports = queue.Queue()
    dog = watch(0.01, lambda: None, lambda: reports.put(1))
    reports.get(timeout=5)
    dog.stop()
    while not reports.empty():
        reports.get()
    time.sleep(0.2)
    assert reports.empty()
