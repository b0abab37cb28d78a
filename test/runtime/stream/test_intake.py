# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import threading
import time

import pytest

from thfm_ros.runtime.stream.intake import Intake, IntakePolicy

MS = 1_000_000


@pytest.mark.parametrize(
    ("field", "value"),
    [("mode", "newest"), ("backlog", 0), ("context", 0), ("time_jump_backward_s", 0.0)],
)
def test_policy_names_the_wrong_field(field, value):
    with pytest.raises(ValueError, match=f"^{field} is"):
        IntakePolicy(**{field: value})


@pytest.mark.fault("F23", "F24", "F27")
def test_zero_repeated_and_late_stamps_are_refused_and_counted():
    intake = Intake(IntakePolicy())
    refusals = [intake.put(stamp * MS, stamp) for stamp in (0, 100, 100, 90, 110)]
    assert refusals == ["without stamp", "", "duplicate stamp", "late", ""]
    assert intake.received == 5
    assert intake.dropped == {
        "without stamp": 1,
        "duplicate stamp": 1,
        "late": 1,
        "superseded": 1,
    }


@pytest.mark.fault("F18")
def test_latest_keeps_the_newest_of_a_burst():
    intake = Intake(IntakePolicy(mode="latest"))
    for stamp in range(1, 101):
        intake.put(stamp * MS, stamp)
    assert intake.take().item == 100
    assert intake.take(timeout_s=0) is None
    assert intake.dropped == {"superseded": 99}


def test_latest_hands_over_the_context_of_the_newest():
    intake = Intake(IntakePolicy(mode="latest", context=3))
    for stamp in range(1, 11):
        intake.put(stamp * MS, stamp)
    taken = [intake.take() for _ in range(3)]
    assert [(arrival.item, arrival.superseded) for arrival in taken] == [
        (8, True),
        (9, True),
        (10, False),
    ]
    assert intake.dropped == {"superseded": 9}


def test_every_waits_for_room_and_loses_nothing():
    intake = Intake(IntakePolicy(mode="every", backlog=3))
    producer = threading.Thread(target=lambda: [intake.put(i * MS, i) for i in range(1, 51)])
    producer.start()
    taken = []
    while len(taken) < 50:
        taken.append(intake.take(timeout_s=5).item)
    producer.join(5)
    assert taken == list(range(1, 51))
    assert intake.dropped == {}


@pytest.mark.fault("F25", "F26")
def test_a_jump_back_restarts_the_stream():
    intake = Intake(IntakePolicy(time_jump_backward_s=0.5))
    intake.put(60_000 * MS, "old")
    assert intake.put(100 * MS, "new") == ""
    arrival = intake.take()
    assert (arrival.item, arrival.reset) == ("new", "stamps jumped back by 59.900 s")
    intake.put(200 * MS, "next")
    assert intake.take().reset == ""


def test_the_reason_of_a_reset_survives_a_superseded_frame():
    intake = Intake(IntakePolicy())
    intake.reset("the clock jumped")
    intake.put(1 * MS, "a")
    intake.put(2 * MS, "b")
    assert intake.take().reset == "the clock jumped"


def test_close_wakes_both_sides():
    intake = Intake(IntakePolicy(mode="every", backlog=1))
    results = []
    intake.put(1 * MS, "a")
    waiting = threading.Thread(target=lambda: results.append(intake.put(2 * MS, "b")))
    waiting.start()
    time.sleep(0.05)
    intake.close()
    waiting.join(5)
    assert results == ["closed"]
    assert intake.take() is None


@pytest.mark.fault("F83")
def test_two_clocks_are_told_from_a_jump_and_counted():
    """Stamps that alternate: 28 sightings became 20 ids, and nobody was told why."""
    intake, far = Intake(IntakePolicy(mode="every", backlog=100)), 1000 * 10**9
    shifts = []
    for index in range(10):
        now = 2 * far + index * 33_000_000
        stamp = now - far if index % 2 else now
        assert intake.put(stamp, index) == ""
        arrival = intake.take(0)
        shifts.append((bool(arrival.reset), round(arrival.shift_ns / far)))
    assert shifts[:2] == [(False, 0), (True, 0)]
    assert shifts[2:] == [(False, 1), (False, -1)] * 4
    assert intake.resets["stamps jumped back"] == 1
    (clocks,) = (reason for reason in intake.resets if "two clocks" in reason)
    assert clocks.startswith("two clocks stamp the images, 1000.0 s apart")
    assert intake.resets[clocks] == 8


@pytest.mark.fault("F83")
def test_a_loop_is_not_a_second_clock():
    intake = Intake(IntakePolicy(mode="every", backlog=100))
    resets = []
    for loop in range(3):
        for index in range(5):
            assert intake.put(10**9 + index * 200_000_000, (loop, index)) == ""
            resets.append(bool(intake.take(0).reset))
    assert resets == ([False] * 5 + [True] + [False] * 4 + [True] + [False] * 4)
    assert intake.resets == {"stamps jumped back": 2}
