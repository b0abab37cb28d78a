# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import numpy as np
import pytest

from thfm_ros.nodes.diagnostics import UNWANTED
from thfm_ros.nodes.health import HealthRecord
from thfm_ros.nodes.pulse import Pulse, Trouble
from thfm_ros.perception import MetricDepth
from thfm_ros.runtime.stream.cadence import Cadence
from thfm_ros.runtime.stream.intake import Intake, IntakePolicy


def camera(lost):
    cadence = Cadence()
    cadence.lost = lost
    return SimpleNamespace(
        topic="/image",
        cadence=cadence,
        pulse=Pulse,
        info_topic="/info",
        info_problem="",
        picture_problem="",
        ahead_s=0.0,
        upright=None,
        why_silent=lambda: "",
    )


def new_losses(record, losses):
    intake = Intake(IntakePolicy())
    return [record.camera(camera(lost), intake, Trouble.NONE).new_lost for lost in losses]


def test_losses_are_reported_once():
    assert new_losses(HealthRecord(), [0, 3, 3, 5]) == [0, 3, 0, 2]


def test_counters_that_start_anew_are_no_negative_loss():
    assert new_losses(HealthRecord(), [7, 2, 2]) == [7, 2, 0]


@pytest.mark.fault("F04")
def test_refusals_are_reported_once_and_superseded_frames_are_none():
    record, intake = HealthRecord(), Intake(IntakePolicy())
    for reason in ("malformed", "late", "superseded", "maps overtaken"):
        intake.count_refused(reason)
    told = [record.camera(camera(0), intake, Trouble.NONE).new_refused for _ in range(2)]
    assert told == [2, 0]


def test_what_was_seen_is_outdated_once_nobody_subscribes_or_results_stop(standing, seen):
    """Issue 27.2: `scene` kept "1 people" from minutes ago."""
    record = HealthRecord()
    record.note_result(seen(standing()), 0.1)
    assert record.scene().outdated == UNWANTED
    record.note_wanted(True)
    assert record.scene().outdated == ""
    assert record.scene(Trouble.REFUSED).outdated == "all images are refused"


def test_nothing_is_said_of_a_scene_before_the_first_result():
    assert HealthRecord().scene() is None


def test_a_withheld_depth_is_explained(standing, seen):
    unknown = MetricDepth(np.nan, np.nan, np.nan, 0, "none")
    cases = [
        (seen(), ""),
        (seen(standing(metric=None), metric=unknown), "nobody's place in metres is known"),
        (seen(standing(), metric=unknown), "only 0 anchors"),
        (
            seen(standing(), metric=MetricDepth(np.nan, np.nan, 0.4, 30, "none")),
            "the fit is off by 0.40 m on 30 anchors",
        ),
    ]
    for perception, reason in cases:
        record = HealthRecord()
        record.note_result(perception, 0.1)
        assert reason in record.scene().withheld


@pytest.mark.fault("F30")
def test_numbers_that_are_not_finite_are_reported_once(standing, seen):
    record = HealthRecord()
    record.note_result(seen(not_finite=3), 0.1)
    assert (record.scene().new_not_finite, record.scene().new_not_finite) == (3, 0)
    assert record.scene().not_finite == 3


@pytest.mark.parametrize("failures", [0, 2])
def test_failures_are_reported_once(failures):
    record = HealthRecord()
    record.last_error = "ValueError: odd"
    intake = Intake(IntakePolicy())
    for _ in range(failures):
        intake.count_refused("failed")
    engine = SimpleNamespace(
        description="nano",
        untrained=False,
        backend=SimpleNamespace(device="cpu", state="", problem=""),
    )
    assert record.model(engine, intake).new_failures == failures
    assert record.model(engine, intake).new_failures == 0
