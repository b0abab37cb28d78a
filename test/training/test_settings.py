# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from thfm_ros.training.settings import Optimiser, Phase, TrainingSettings, load_settings

SHIPPED = sorted((Path(__file__).parents[2] / "config" / "train").glob("*.yaml"))
SETTINGS = TrainingSettings(phases=(Phase(3, (32, 32)), Phase(4, (64, 48), frames=5)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "holds list"),
        ("phases: []", "phases is empty"),
        ("phases: [{steps: 1, size: [32, 32], colour: red}]", r"unknown keys \['colour'\]"),
        ("phases: [{steps: 1, size: [32, 32], frames: 4}]", r"phase\.frames is 4"),
        ("{phases: [{steps: 1, size: [32, 32]}], precision: int4}", "precision is 'int4'"),
    ],
)
def test_bad_settings_are_named(tmp_path, text, message):
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_settings(tmp_path / "s.yaml")


def test_settings_round_trip(tmp_path):
    (tmp_path / "s.yaml").write_text(SETTINGS.to_yaml())
    assert load_settings(tmp_path / "s.yaml") == SETTINGS


def test_phases_follow_one_another():
    assert SETTINGS.steps == 7
    assert [SETTINGS.phase_at(step).frames for step in (0, 2, 3, 6)] == [1, 1, 5, 5]


def test_rate_warms_up_and_decays():
    optimiser = Optimiser(rate=1.0, warmup=4, decay=5)
    assert [optimiser.rate_at(step, 20) for step in (0, 3, 10, 15, 19)] == [0.25, 1, 1, 1, 0.2]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_loads(path):
    assert load_settings(path).steps > 1000
