# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
from types import SimpleNamespace

import pytest
import torch

from thfm_ros.training.log import TrainingLog


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_process_that_is_not_the_first_writes_nothing(tmp_path):
    TrainingLog(tmp_path / "run", 100, enabled=False).add(50, {"loss": torch.ones(())}, 0)
    assert not (tmp_path / "run").exists()


def test_terms_are_averaged_over_the_steps_that_had_them(tmp_path):
    log = TrainingLog(tmp_path, 100, enabled=True)
    for step in range(1, 51):
        terms = {"loss": torch.tensor(float(step))}
        log.add(step, {**terms, "depth": torch.tensor(3.0)} if step == 7 else terms, dropped=2)
    assert [(one["step"], one["dropped"]) for one in lines(tmp_path)] == [(50, 2)]
    assert lines(tmp_path)[0]["loss"] == pytest.approx(25.5)
    assert lines(tmp_path)[0]["depth"] == pytest.approx(3)


def test_the_first_line_after_a_resume_counted_steps_that_it_did_not_make(tmp_path, monkeypatch):
    clock = SimpleNamespace(monotonic=iter(range(0, 100, 10)).__next__)
    monkeypatch.setattr("thfm_ros.training.log.time", clock)
    log = TrainingLog(tmp_path, 100, enabled=True)
    for step in range(46, 51):
        log.add(step, {"loss": torch.ones(())}, 0)
    assert lines(tmp_path)[0]["seconds_per_step"] == pytest.approx(10 / 5)
