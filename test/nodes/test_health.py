# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest

from thfm_ros.nodes.health import HealthRecord
from thfm_ros.runtime.cadence import Cadence
from thfm_ros.runtime.intake import Intake, IntakePolicy


def camera(lost):
    cadence = Cadence()
    cadence.lost = lost
    return SimpleNamespace(
        topic="/image", cadence=cadence, last_arrival=0.0, info_topic="/info", info_problem=""
    )


def new_losses(record, losses):
    intake = Intake(IntakePolicy())
    return [record.camera(camera(lost), intake, 2.0).new_lost for lost in losses]


def test_losses_are_reported_once():
    assert new_losses(HealthRecord(), [0, 3, 3, 5]) == [0, 3, 0, 2]


def test_counters_that_start_anew_are_no_negative_loss():
    assert new_losses(HealthRecord(), [7, 2, 2]) == [7, 2, 0]


@pytest.mark.parametrize("failures", [0, 2])
def test_failures_are_reported_once(failures):
    record = HealthRecord()
    record.last_error = "ValueError: odd"
    intake = Intake(IntakePolicy())
    for _ in range(failures):
        intake.count_refused("failed")
    choice = SimpleNamespace(torch_device=lambda: "cpu")
    engine = SimpleNamespace(
        description="nano", untrained=False, config=SimpleNamespace(backend=choice)
    )
    assert record.model(engine, intake).new_failures == failures
    assert record.model(engine, intake).new_failures == 0
