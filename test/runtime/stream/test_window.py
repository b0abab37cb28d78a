# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.frame import Frame
from thfm_ros.runtime.stream.window import Window, WindowPolicy

MS = 1_000_000


def frame(stamp_ms, size=(8, 6)):
    return Frame(stamp_ms * MS, np.zeros((size[1], size[0], 3), np.uint8))


def push(window, stamp_ms, size=(8, 6)):
    window.push(frame(stamp_ms, size), np.full((2, 2, 3), stamp_ms % 251, np.uint8))
    return window.take()


@pytest.mark.parametrize(
    ("field", "value"), [("length", 4), ("length", 0), ("stride", 0), ("max_gap_s", 0.0)]
)
def test_bad_policy_is_named(field, value):
    with pytest.raises(ValueError, match=rf"window\.{field} is {value}"):
        WindowPolicy(**{field: value})


@pytest.mark.fault("F20")
def test_the_first_frame_already_gets_an_answer():
    clip = push(Window(WindowPolicy(length=5)), 0)
    assert (len(clip.frames), clip.padded, len(clip.inputs)) == (1, 4, 5)


def test_padding_repeats_the_oldest_frame():
    window = Window(WindowPolicy(length=5))
    push(window, 10)
    clip = push(window, 20)
    assert clip.inputs[:, 0, 0, 0].tolist() == [10, 10, 10, 10, 20]
    assert clip.newest.stamp_ns == 20 * MS


def test_it_holds_no_more_than_its_length():
    window = Window(WindowPolicy(length=5))
    for stamp in range(0, 1000, 33):
        clip = push(window, stamp)
    assert len(window) == 5
    assert clip.padded == 0
    assert [f.stamp_ns // MS for f in clip.frames] == [858, 891, 924, 957, 990]


def test_stride_says_how_often_an_inference_is_due():
    window = Window(WindowPolicy(length=5, stride=4))
    due = [push(window, stamp) is not None for stamp in range(0, 330, 33)]
    assert due == [True, False, False, False, True, False, False, False, True, False]


@pytest.mark.fault("F20", "F21", "F27")
@pytest.mark.parametrize("stamp", [1000, 33, 0], ids=["gap", "duplicate", "back"])
def test_it_never_looks_across_a_gap_or_a_jump(stamp):
    window = Window(WindowPolicy(length=5, max_gap_s=0.5))
    push(window, 0)
    push(window, 33)
    clip = push(window, stamp)
    assert len(clip.frames) == 1


@pytest.mark.fault("F06")
def test_frames_of_different_sizes_never_mix():
    window = Window(WindowPolicy(length=5))
    push(window, 0)
    assert len(push(window, 33, size=(16, 12)).frames) == 1


def test_what_is_due_stays_due_until_it_is_taken():
    window = Window(WindowPolicy(length=5, stride=4))
    push(window, 0)
    image = np.zeros((2, 2, 3), np.uint8)
    for stamp in range(33, 33 * 6, 33):
        window.push(frame(stamp), image)
    assert window.take().fresh == 5
    assert window.take() is None


def test_a_clip_says_which_frames_no_clip_had_before():
    window = Window(WindowPolicy(length=5, stride=4))
    clips = [push(window, stamp) for stamp in range(0, 33 * 10, 33)]
    assert [clip.fresh for clip in clips if clip] == [1, 4, 4]
    assert clips[0].serials == (0, 0, 0, 0, 0)
    assert clips[8].serials == (4, 5, 6, 7, 8)


def test_serials_go_on_after_a_reset():
    window = Window(WindowPolicy(length=1))
    first = push(window, 0)
    window.reset()
    assert push(window, 0).serials != first.serials
