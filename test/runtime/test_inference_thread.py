# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import queue
import threading

import numpy as np
import pytest

from thfm_ros.frame import Frame
from thfm_ros.media.images import ImageError
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.runtime.inference_thread import InferenceThread
from thfm_ros.runtime.intake import Intake, IntakePolicy

MS = 1_000_000


def frame(stamp_ms):
    return Frame(stamp_ms * MS, np.zeros((48, 64, 3), np.uint8), "optical")


@pytest.fixture(scope="module")
def engine():
    engine = Engine(EngineConfig(size=(64, 48)))
    yield engine
    engine.close()


@pytest.fixture
def run(engine):
    threads = []

    def start(decode=lambda item: item, wanted=frozenset({"mask"}), mode="every"):
        events = queue.Queue()
        intake = Intake(IntakePolicy(mode=mode, context=5))
        thread = InferenceThread(
            engine,
            intake,
            decode,
            lambda: wanted,
            on_result=lambda perception, frame: events.put(("result", perception)),
            on_reject=lambda text: events.put(("reject", text)),
            on_error=lambda error: events.put(("error", str(error))),
        )
        thread.start()
        threads.append(thread)
        return intake, events

    yield start
    assert all(thread.stop() for thread in threads)


@pytest.mark.fault("F43")
def test_a_bad_image_is_counted_and_the_next_one_is_processed(run):
    def decode(item):
        if item == "bad":
            raise ImageError("cut short")
        return item

    intake, events = run(decode)
    intake.put(1 * MS, "bad")
    intake.put(2 * MS, frame(2))
    assert events.get(timeout=30) == ("reject", "cut short")
    kind, perception = events.get(timeout=30)
    assert (kind, perception.stamp_ns) == ("result", 2 * MS)
    assert intake.dropped == {"malformed": 1}
    assert intake.received == 2


@pytest.mark.fault("F43")
def test_an_exception_is_counted_and_the_next_frame_is_processed(run):
    intake, events = run(lambda item: item if isinstance(item, Frame) else 1 // 0)
    intake.put(1 * MS, "boom")
    intake.put(2 * MS, frame(2))
    assert events.get(timeout=30) == ("error", "integer division or modulo by zero")
    assert events.get(timeout=30)[0] == "result"
    assert intake.dropped == {"failed": 1}


def test_a_reset_empties_the_window(run):
    intake, events = run()
    for stamp in (1000, 1033, 1066):
        intake.put(stamp * MS, frame(stamp))
    padded = [events.get(timeout=30)[1].frames_padded for _ in range(3)]
    intake.reset("the clock jumped")
    intake.put(1100 * MS, frame(1100))
    assert padded == [4, 3, 2]
    assert events.get(timeout=30)[1].frames_padded == 4


def test_superseded_frames_fill_the_window_without_a_result(run):
    all_are_there = threading.Event()

    def decode(item):
        all_are_there.wait(30)
        return item

    intake, events = run(decode, mode="latest")
    for stamp in (1000, 1033, 1066, 1100, 1133):
        intake.put(stamp * MS, frame(stamp))
    all_are_there.set()
    results = [events.get(timeout=30)[1]]
    while results[-1].stamp_ns != 1133 * MS:
        results.append(events.get(timeout=30)[1])
    assert len(results) <= 2
    assert results[-1].frames_padded == 0


def test_waiting_time_is_part_of_the_result(run):
    intake, events = run()
    intake.put(1000 * MS, frame(1000))
    assert events.get(timeout=30)[1].times.queue > 0
