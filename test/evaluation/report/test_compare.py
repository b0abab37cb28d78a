# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from thfm_ros import cli
from thfm_ros.evaluation.report import compare

BEFORE = {
    "status": "complete",
    "bag": {"name": "a", "sha256": "1" * 64},
    "metrics": {"mask_iou": 0.8, "mpjpe_mm": 100.0, "people_per_frame": 1.0},
    "latency": {"total_ms": {"p50": 10.0}},
}


def document(path, **metrics):
    latency = metrics.pop("latency", 10.0)
    changed = {**BEFORE, "metrics": {**BEFORE["metrics"], **metrics}}
    changed["latency"] = {"total_ms": {"p50": latency}}
    path.write_text(json.dumps(changed))
    return path


@pytest.fixture
def before(tmp_path):
    return document(tmp_path / "before.json")


def gate(before, after, *options):
    return cli.main(["evaluate", "compare", str(before), str(after), *options])


@pytest.mark.parametrize("text", ["2", "-1%", "much", "", "inf"])
def test_a_tolerance_is_a_share(text):
    if text == "2":
        assert compare.parse_share(text) == 2
        return
    with pytest.raises(ValueError, match="allowed is a share such as 2% or"):
        compare.parse_share(text)


def test_what_is_no_document(tmp_path, before, capsys):
    (tmp_path / "x.json").write_text("{}")
    assert gate(tmp_path / "x.json", before) == 2
    assert "is no evaluation document" in capsys.readouterr().err
    assert gate(tmp_path / "missing.json", before) == 2
    assert f"{tmp_path / 'missing.json'} does not exist" in capsys.readouterr().err


def test_other_recordings_and_partial_evaluations_are_not_compared(tmp_path, before, capsys):
    other = {**BEFORE, "bag": {"name": "b", "sha256": "2" * 64}}
    (tmp_path / "other.json").write_text(json.dumps(other))
    assert gate(before, tmp_path / "other.json") == 2
    assert "the recordings differ: a 111111111111, b 222222222222" in capsys.readouterr().err
    (tmp_path / "partial.json").write_text(json.dumps({**BEFORE, "status": "partial"}))
    assert gate(before, tmp_path / "partial.json") == 2


def test_the_same_is_no_regression(before):
    assert gate(before, before, "--fail-over", "0%") == 0


@pytest.mark.parametrize(
    ("metrics", "status"),
    [
        ({"mpjpe_mm": 101.9}, 0),
        ({"mpjpe_mm": 102.1}, 1),
        ({"mpjpe_mm": 50.0}, 0),
        ({"mask_iou": 0.783}, 1),
        ({"mask_iou": 0.99}, 0),
        ({"mask_iou": None}, 1),
        ({"people_per_frame": 9.0}, 0),
        ({"latency": 1000.0}, 0),
        ({"pck_0_1": 0.5}, 0),
    ],
)
def test_the_gate(tmp_path, before, metrics, status):
    after = document(tmp_path / "after.json", **metrics)
    assert gate(before, after, "--fail-over", "2%") == status
    assert gate(before, after) == 0


def test_latency_has_a_tolerance_of_its_own(tmp_path, before, capsys):
    after = document(tmp_path / "after.json", latency=12.0)
    assert gate(before, after, "--fail-over-latency", "10%") == 1
    assert "regression: total_ms_p50" in capsys.readouterr().err
    assert gate(before, after, "--fail-over-latency", "25%") == 0


def test_a_figure_at_zero_can_still_get_worse():
    change = compare._change("mask_mse", 0.0, 0.001, lower_is_better=True)
    assert change.worse == pytest.approx(10)
