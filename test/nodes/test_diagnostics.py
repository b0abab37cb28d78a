# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus

from thfm_ros.nodes.diagnostics import (
    UNWANTED,
    InputHealth,
    ModelHealth,
    SceneHealth,
    diagnostics,
)
from thfm_ros.nodes.pulse import Pulse, Trouble

CAMERA = InputHealth(
    topic="/camera/image",
    pulse=Pulse(0.1, 0.1, 60.0, 5.0, 0.1, 60.0, "encoding is 'nv12'"),
    trouble=Trouble.NONE,
    rate_hz=30.0,
    received=100,
    lost=0,
    new_lost=0,
    dropped={"superseded": 7},
    info_topic="/camera/camera_info",
)
MODEL = ModelHealth("nano, eager: asked for", False, "cpu", 10, 5.0, 0.2, 50.0, 0)
SILENT = {"trouble": Trouble.SILENT, "pulse": replace(CAMERA.pulse, image=3.0)}
OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR


def status_of(part, state="active", camera=CAMERA, model=MODEL):
    array = diagnostics(Time(), "/thfm/perception", state, camera, model)
    return next(status for status in array.status if status.name == f"/thfm/perception: {part}")


@pytest.mark.parametrize(
    ("change", "level", "text"),
    [
        ({}, OK, "images arrive"),
        ({**SILENT}, ERROR, "no images on /camera/image for 3.0 s"),
        (
            {"trouble": Trouble.REFUSED, "pulse": replace(CAMERA.pulse, taken=7.0)},
            ERROR,
            "for 7.0 s each one on /camera/image was refused: encoding is 'nv12'",
        ),
        ({"new_refused": 3}, WARN, "3 images on /camera/image were refused: encoding is 'nv12'"),
        ({"new_pause": "they paused for 1.2 s"}, WARN, "again: they paused for 1.2 s"),
        ({"lost": 4, "new_lost": 4}, WARN, "4 frames of /camera/image were lost in transport"),
        ({"info_problem": "none received"}, WARN, "camera_info on /camera/camera_info: none"),
    ],
)
def test_input(change, level, text):
    status = status_of("input", camera=replace(CAMERA, **change))
    assert status.level == level
    assert text in status.message


@pytest.mark.parametrize(
    ("change", "level", "text"),
    [
        ({}, OK, "nano, eager: asked for"),
        ({"untrained": True}, WARN, "untrained weights"),
        ({"new_failures": 2, "last_error": "out of memory"}, ERROR, "2 frames failed: out of"),
        ({"stalled_s": 2.5}, ERROR, "no result for 2.5 s although images arrive"),
        ({"slow": "mask is eager: planted"}, WARN, "slower than it could be: mask is eager: plan"),
    ],
)
def test_model(change, level, text):
    status = status_of("model", model=replace(MODEL, **change))
    assert status.level == level
    assert text in status.message


@pytest.mark.parametrize(
    ("change", "level", "text"),
    [
        ({}, OK, "2 people, 0.1 s ago"),
        ({"outdated": "no images", "ago_s": 125.0}, ERROR, "is not known for 125.0 s: no images"),
        ({"outdated": UNWANTED, "ago_s": 125.0}, OK, "is not known for 125.0 s: nobody sub"),
        ({"withheld": "only 0 anchors"}, WARN, "depth/image is withheld: only 0 anchors"),
        ({"new_not_finite": 7}, ERROR, "7 numbers that are not finite"),
    ],
)
def test_scene(change, level, text):
    scene = replace(SceneHealth(2, "aaaaa bbbbb", "unknown", 0, 0, ago_s=0.1), **change)
    array = diagnostics(Time(), "/thfm/perception", "active", CAMERA, MODEL, scene)
    status = next(status for status in array.status if status.name.endswith(": scene"))
    assert status.level == level
    assert text in status.message
    values = {pair.key: pair.value for pair in status.values}
    assert values["people"] == ("unknown" if "outdated" in change else "2")


@pytest.mark.fault("F94")
@pytest.mark.parametrize(("ahead_s", "level"), [(-1e9, OK), (0.1, OK), (3600.0, WARN)])
def test_stamps_that_never_get_old_are_warned_of(ahead_s, level):
    status = status_of("input", camera=replace(CAMERA, ahead_s=ahead_s))
    assert status.level == level
    assert ("3600.0 s ahead of this node's clock" in status.message) == (level == WARN)


@pytest.mark.fault("F82")
def test_where_up_is_not_known_is_said():
    camera = replace(CAMERA, rotation="0, by nothing", rotation_problem="/tf says nothing")
    status = status_of("input", camera=camera)
    assert status.level == WARN
    assert "which way is up in them is not known: /tf says nothing" in status.message


def test_silence_for_another_quality_of_service_is_explained():
    camera = replace(CAMERA, **SILENT, silence="a publisher offers another one")
    assert "a publisher offers another one" in status_of("input", camera=camera).message


def test_drops_are_listed_by_reason():
    values = {pair.key: pair.value for pair in status_of("input").values}
    assert values["dropped: superseded"] == "7"
    assert values["received"] == "100"


def test_an_inactive_node_says_that_it_publishes_nothing():
    array = diagnostics(Time(), "/thfm/perception", "inactive", None, None)
    assert [status.message for status in array.status] == ["inactive: no results are published"]
    assert array.status[0].level == WARN
