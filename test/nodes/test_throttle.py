# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import time

from thfm_ros.nodes.throttle import Throttle


def test_one_kind_of_sentence_does_not_silence_another():
    throttle = Throttle(60)
    assert throttle.due("image refused: width is 0")
    assert not throttle.due("image refused: width is 17")
    assert throttle.due("camera_info is not used: fx is 0")


def test_after_the_period_it_is_said_again():
    throttle = Throttle(0.05)
    assert throttle.due("late")
    time.sleep(0.06)
    assert throttle.due("late")


def test_random_sentences_do_not_fill_the_memory():
    throttle = Throttle(60)
    for index in range(5000):
        throttle.due("x" * (index % 700))
    assert len(throttle._said) <= 256
