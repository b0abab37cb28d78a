# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import threading

import pytest

from thfm_ros.runtime.stream.publish_lane import PublishLane


@pytest.fixture(params=[True, False], ids=["patient", "impatient"])
def patient(request):
    return request.param


def test_results_keep_their_order_and_the_last_one_is_handed_on(patient):
    handed = []
    lane = PublishLane(handed.append, patient)
    left_out = sum(lane.put(number) for number in range(200))
    lane.close()
    assert handed == sorted(handed)
    assert handed[-1] == 199
    assert len(handed) + left_out == 200
    if patient:
        assert left_out == 0


def test_at_most_one_waits():
    may_go_on, begun, handed = threading.Event(), threading.Event(), []

    def hand_on(number):
        begun.set()
        may_go_on.wait(30)
        handed.append(number)

    lane = PublishLane(hand_on, patient=False)
    assert lane.put(0) == 0
    assert begun.wait(30)
    assert [lane.put(number) for number in (1, 2, 3)] == [0, 1, 1]
    may_go_on.set()
    lane.close()
    assert handed == [0, 3]
