# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros import tasks
from thfm_ros.camera import RESIZE_MODES
from thfm_ros.options import BY_NAME, OPTIONS, TASKS, did_you_mean, nearest_name
from thfm_ros.runtime.backends.base import BACKENDS
from thfm_ros.runtime.engine import EMISSIONS, EngineConfig
from thfm_ros.runtime.scene.depth_alignment import ALIGNMENTS
from thfm_ros.runtime.scene.tracking import TrackPolicy
from thfm_ros.runtime.stream.intake import MODES, IntakePolicy
from thfm_ros.runtime.stream.window import WindowPolicy


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("privacy_mode", "yes"),
        ("people.max", "four"),
        ("people.max", "4.5"),
        ("min_score", "high"),
    ],
)
def test_a_text_that_means_nothing_is_named(name, text):
    option = BY_NAME[name]
    with pytest.raises(ValueError, match=f"{option.argument} is '{text}', allowed is"):
        option.read(text)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("privacy_mode", "true", True),
        ("people.max", "2", 2),
        ("min_score", "1", 1.0),
        ("backend", "eager", "eager"),
        ("tasks", "mask,depth", ["mask", "depth"]),
    ],
)
def test_a_text_is_read_as_the_type_of_the_option(name, text, value):
    found = BY_NAME[name].read(text)
    assert found == value
    assert type(found) is type(value)


def test_names_are_unique_and_described():
    assert len({option.argument for option in OPTIONS}) == len(OPTIONS)
    assert all(len(option.description) > 5 for option in OPTIONS)


def test_the_table_says_what_the_code_does():
    allowed = {name: option.allowed for name, option in BY_NAME.items() if option.allowed}
    for name in ("image_transport", "mono16_scale", "image_rotation"):
        allowed.pop(name)
    assert allowed == {
        "resize_mode": RESIZE_MODES,
        "emit": EMISSIONS,
        "mode": MODES,
        "backend": BACKENDS,
        "depth.alignment": ALIGNMENTS,
    }
    defaults = {
        "tasks": tasks.STANDARD,
        "min_score": EngineConfig.min_score,
        "min_confidence": EngineConfig.min_confidence,
        "people.max": TrackPolicy.max_people,
        "people.lost_after_s": TrackPolicy.lost_after_s,
        "window.max_gap_s": WindowPolicy.max_gap_s,
        "backlog": IntakePolicy.backlog,
        "time_jump_backward_s": IntakePolicy.time_jump_backward_s,
    }
    assert set(TASKS) == set(tasks.TASKS)
    assert {name: BY_NAME[name].default for name in defaults} == defaults


def test_the_nearest_right_name():
    assert nearest_name("imagetopic", ["image_topic", "bag"]) == "image_topic"
    assert nearest_name("robot_name", ["image_topic", "bag"]) == ""
    assert did_you_mean("privacymode", BY_NAME) == (
        "'privacymode' does not exist; did you mean 'privacy_mode'?"
    )
