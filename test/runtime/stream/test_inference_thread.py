# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import queue
import threading

import numpy as np
import pytest
import torch

from thfm_ros.frame import Frame
from thfm_ros.media.images import ImageError
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.runtime.stream.inference_thread import OVERTAKEN, Callbacks, InferenceThread
from thfm_ros.runtime.stream.intake import Intake, IntakePolicy

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

    def start(
        decode=lambda item: item,
        wanted=frozenset({"mask"}),
        mode="every",
        publish=None,
        tell=lambda perception: None,
    ):
        events = queue.Queue()

        def on_result(perception, frame):
            if publish:
                publish(perception)
            events.put(("result", perception))

        intake = Intake(IntakePolicy(mode=mode, context=5))
        callbacks = Callbacks(
            decode,
            lambda: wanted,
            lambda perception, frame: tell(perception),
            on_result,
            on_reject=lambda text: events.put(("reject", text)),
            on_error=lambda error: events.put(("error", str(error))),
        )
        thread = InferenceThread(engine, intake, callbacks)
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


@pytest.mark.fault("F34")
@pytest.mark.parametrize(
    "failures",
    [
        [torch.OutOfMemoryError("tried to allocate 2 GiB, 1 GiB is free")],
        [RuntimeError("CUDA error: an illegal memory access was encountered")] * 5,
    ],
    ids=["once", "for_good"],
)
def test_a_device_that_fails_in_mid_stream_costs_its_frames_only(
    run, engine, monkeypatch, failures
):
    answer, left = engine.backend.run, [None, *failures]

    def failing(*args):
        if left and (error := left.pop(0)):
            raise error
        return answer(*args)

    monkeypatch.setattr(engine.backend, "run", failing)
    intake, events = run()
    for stamp in range(2 + len(failures)):
        intake.put((1000 + 33 * stamp) * MS, frame(1000 + 33 * stamp))
    # Errors and results come from two threads: each kind is in order, not one among the other.
    told = [events.get(timeout=30) for _ in range(2 + len(failures))]
    assert [text for kind, text in told if kind == "error"] == [str(error) for error in failures]
    assert intake.dropped == {"failed": len(failures)}
    # The frames are in the window nevertheless: only their results are missing.
    _, newest = [perception for kind, perception in told if kind == "result"]
    assert newest.frames_padded == max(0, 5 - len(told))


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


def test_the_next_window_is_inferred_while_one_is_published_but_not_the_one_after(run):
    inferred, may_publish = queue.Queue(), threading.Event()

    def decode(item):
        inferred.put(item.stamp_ns // MS)
        return item

    intake, events = run(decode, publish=lambda perception: may_publish.wait(30))
    for stamp in (1000, 1033, 1066, 1100):
        intake.put(stamp * MS, frame(stamp))
    assert [inferred.get(timeout=30) for _ in range(2)] == [1000, 1033]
    with pytest.raises(queue.Empty):
        inferred.get(timeout=0.5)
    may_publish.set()
    stamps = [events.get(timeout=30)[1].stamp_ns // MS for _ in range(4)]
    assert stamps == [1000, 1033, 1066, 1100]


@pytest.mark.fault("F90")
def test_slow_maps_hold_up_no_skeleton(run):
    """Issue 27.1: a first cloud of points silenced nearest_person for 29 s."""
    told, may_publish = queue.Queue(), threading.Event()
    intake, events = run(
        mode="latest", publish=lambda perception: may_publish.wait(30), tell=told.put
    )
    for stamp in (1000, 1033, 1066, 1100):
        intake.put(stamp * MS, frame(stamp))
        assert told.get(timeout=30).stamp_ns == stamp * MS
    may_publish.set()
    stamps = [events.get(timeout=30)[1].stamp_ns // MS for _ in range(2)]
    assert stamps == [1000, 1100]
    assert intake.dropped == {OVERTAKEN: 2}


def test_what_nobody_wants_is_not_even_decoded(run):
    """Issue 27.9: a node without a subscriber cost a quarter of a core."""
    decoded = queue.Queue()
    intake, _ = run(decoded.put, wanted=frozenset())
    for stamp in (1000, 1033):
        intake.put(stamp * MS, frame(stamp))
    with pytest.raises(queue.Empty):
        decoded.get(timeout=0.5)
    assert intake.dropped == {}


@pytest.mark.fault("F43")
def test_a_result_that_cannot_be_published_is_counted_and_the_next_one_is(run):
    def publish(perception):
        if perception.stamp_ns == 1000 * MS:
            raise RuntimeError("the middleware is gone")

    intake, events = run(publish=publish)
    for stamp in (1000, 1033):
        intake.put(stamp * MS, frame(stamp))
    assert events.get(timeout=30) == ("error", "the middleware is gone")
    assert events.get(timeout=30)[1].stamp_ns == 1033 * MS
    assert intake.dropped == {"failed": 1}


def test_what_is_being_published_is_waited_for(engine):
    begun, published = threading.Event(), threading.Event()

    def publish(perception, frame):
        begun.set()
        published.wait(0.3)
        published.set()

    intake = Intake(IntakePolicy(mode="every"))
    tasks = frozenset({"mask"})
    callbacks = Callbacks(lambda item: item, lambda: tasks, print, publish, print, print)
    thread = InferenceThread(engine, intake, callbacks)
    thread.start()
    intake.put(1000 * MS, frame(1000))
    assert begun.wait(30)
    assert not published.is_set()
    assert thread.stop()
    assert published.is_set()


@pytest.mark.parametrize(("closed", "pauses"), [(False, 1), (True, 0)])
def test_what_was_put_off_is_not_begun_when_the_node_ends(engine, monkeypatch, closed, pauses):
    paused = threading.Semaphore(0)
    monkeypatch.setattr(engine, "idle", paused.release)
    intake = Intake(IntakePolicy())
    nothing = Callbacks(lambda item: item, frozenset, print, print, print, print)
    thread = InferenceThread(engine, intake, nothing)
    if closed:
        intake.close()
    thread.start()
    assert paused.acquire(timeout=5 * pauses) == bool(pauses)
    assert thread.stop()
