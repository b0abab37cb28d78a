# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The whole command: exit codes (F50), twice the same digits (F51), files that are complete."""

import json
import os
import re
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from thfm_ros import cli
from thfm_ros.evaluation.report import document
from thfm_ros.evaluation.report.page import render
from thfm_ros.evaluation.scoring.catalogue import METRICS
from thfm_ros.media.video import VideoWriter

SMALL = ["--threads", "1", "--min-score", "0", "--min-confidence", "0"]


def evaluate(bag, *options):
    return cli.main(["evaluate", "bag", str(bag), *SMALL, *map(str, options)])


@pytest.fixture(scope="module")
def report(bag, checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    options = ["--checkpoint", checkpoint, "--json", folder / "a.json", "--html", folder / "a.html"]
    assert evaluate(bag, *options) == 0
    return folder


def test_a_missing_bag_is_one_line_and_status_1(tmp_path, checkpoint, capsys):
    assert evaluate(tmp_path / "no", "--checkpoint", checkpoint) == 1
    said = capsys.readouterr().err.strip()
    assert said == f"thfm evaluate bag: {tmp_path / 'no'} does not exist"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--image", "/nowhere"], "has no images on /nowhere"),
        (["--reference", "nonsense"], "allowed is OURS=TOPIC"),
        (["--reference", "depth=/x"], "reference /x is not in the bag"),
        (["--window", "4"], "window.length is 4"),
    ],
)
def test_what_cannot_be_evaluated_says_why(bag, checkpoint, capsys, options, reason):
    assert evaluate(bag, "--checkpoint", checkpoint, *options) == 1
    assert reason in capsys.readouterr().err


def test_a_missing_checkpoint_is_status_1(bag, tmp_path, capsys):
    assert evaluate(bag, "--checkpoint", tmp_path / "none") == 1
    assert "none" in capsys.readouterr().err


def test_a_broken_recording_keeps_what_was_scored_and_is_status_3(
    bag, checkpoint, tmp_path, capsys
):
    broken = tmp_path / "broken"
    shutil.copytree(bag, broken)
    (broken / "metadata.yaml").unlink()
    out = tmp_path / "partial.json"
    assert evaluate(broken, "--checkpoint", checkpoint, "--json", out) == 3
    partial = json.loads(out.read_text())
    assert partial["status"] == "partial"
    assert partial["frames"]["answered"] == 6
    assert "metadata.yaml is missing" in partial["problems"][0]
    assert "problem: " in capsys.readouterr().err


def test_the_document_has_everything(report, bag):
    document = json.loads((report / "a.json").read_text())
    assert {"metrics", "latency", "config", "versions", "bag", "machine"} <= document.keys()
    assert document["status"] == "complete"
    assert document["config"]["untrained"] is True
    assert len(document["bag"]["sha256"]) == 64
    assert document["bag"]["frames"] == document["frames"]["answered"] == 6
    assert set(document["metrics"]) <= set(METRICS)
    assert {"mask_iou", "normals_mean_deg", "depth_absrel", "pck_0_1"} <= set(document["metrics"])
    assert document["latency"]["total_ms"]["p50"] > 0
    for column in document["frames"]["rows"].values():
        assert len(column) == 6
    assert str(bag.parent) not in json.dumps({**document, "command": ""})


def test_twice_the_same_digits(report, bag, checkpoint, tmp_path):
    """Fault F51."""
    again = tmp_path / "again.json"
    assert evaluate(bag, "--checkpoint", checkpoint, "--json", again) == 0
    first, second = (json.loads(p.read_text()) for p in (report / "a.json", again))
    assert first["metrics"] == second["metrics"]
    assert first["breakdowns"] == second["breakdowns"]
    assert first["frames"]["rows"] == second["frames"]["rows"]


def test_a_stage_that_nobody_measured_is_not_on_the_page(report):
    document = json.loads((report / "a.json").read_text())
    assert "<td>postprocess</td>" in render(document, [])
    document["latency"]["postprocess_ms"] = dict.fromkeys(("p50", "p95", "p99", "mean", "max"), 0.0)
    page = render(document, [])
    assert "<td>postprocess</td>" not in page
    assert "<td>inference</td>" in page


def test_the_page_needs_nothing_else(report):
    page = (report / "a.html").read_text()
    assert page.count("<svg") >= 8
    assert page.count("data:image/jpeg;base64,") >= 3
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "Untrained weights" in page
    assert "{{" not in page
    assert "None" not in re.sub(r"<dd>.*?</dd>", "", page, flags=re.DOTALL)


def test_offline_windows_have_seams(bag, checkpoint, tmp_path):
    out = tmp_path / "offline.json"
    options = ["--checkpoint", checkpoint, "--overlap", 2, "--window", 5, "--json", out]
    assert evaluate(bag, *options) == 0
    document = json.loads(out.read_text())
    assert document["config"]["overlap"] == 2
    assert document["metrics"]["seam_ratio_mask"] > 0
    assert document["frames"]["answered"] == 6


@pytest.mark.parametrize(("emit", "answered"), [("newest", 2), ("new", 5)])
def test_a_stride_answers_some_frames_or_all_that_a_window_brought(
    bag, checkpoint, tmp_path, emit, answered
):
    out = tmp_path / "stride.json"
    options = ["--checkpoint", checkpoint, "--stride", 4, "--emit", emit, "--json", out]
    assert evaluate(bag, *options) == 0
    frames = json.loads(out.read_text())["frames"]
    assert (frames["answered"], frames["unanswered"]) == (answered, 6 - answered)


def test_a_video_is_evaluated_for_consistency(checkpoint, tmp_path):
    with VideoWriter(tmp_path / "noise.mp4") as writer:
        for index in range(5):
            picture = np.random.default_rng(index).integers(0, 255, (48, 64, 3), np.uint8)
            writer.write(picture, index * 40_000_000)
    out = tmp_path / "video.json"
    options = ["--checkpoint", checkpoint, "--frames", 4, "--json", out]
    assert evaluate(tmp_path / "noise.mp4", *options) == 0
    document = json.loads(out.read_text())
    assert document["frames"]["answered"] == 4
    assert document["bag"]["rate_hz"] == pytest.approx(25)
    assert {METRICS[name].group for name in document["metrics"]} == {"consistency"}


@pytest.mark.fault("F78")
def test_what_was_scored_is_kept_when_the_report_fails(bag, checkpoint, tmp_path, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(document, "build", fail)
    with pytest.raises(MemoryError):
        evaluate(bag, "--checkpoint", checkpoint, "--json", tmp_path / "a.json")
    lines = (tmp_path / "a.rows.jsonl").read_text().splitlines()
    assert len(lines) == 6
    assert all("mask_iou" in json.loads(line) for line in lines)


@pytest.mark.fault("F78")
def test_a_page_that_cannot_be_written_hides_no_figures(bag, checkpoint, tmp_path, capsys):
    (tmp_path / "a.html").mkdir()
    options = ["--json", tmp_path / "a.json", "--html", tmp_path / "a.html"]
    assert evaluate(bag, "--checkpoint", checkpoint, *options) == 3
    assert json.loads((tmp_path / "a.json").read_text())["status"] == "complete"
    assert not (tmp_path / "a.rows.jsonl").exists()
    assert "no page" in capsys.readouterr().err


@pytest.mark.fault("F75")
def test_a_folder_with_a_folder_in_it_where_the_locale_is_not_utf8(checkpoint, tmp_path):
    folder = tmp_path / "gr\u00f6\u00dfe: 1"
    (folder / "@eaDir").mkdir(parents=True)
    for index in range(3):
        noise = np.random.default_rng(index).integers(0, 256, (48, 64, 3), np.uint8)
        cv2.imwrite(str(tmp_path / "x.png"), noise)
        (tmp_path / "x.png").rename(folder / f"\u00e9{index}.png")
    command = [sys.executable, "-m", "thfm_ros.cli", "evaluate", "bag", str(folder), *SMALL]
    command += ["--checkpoint", str(checkpoint), "--html", str(tmp_path / "a.html")]
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    result = subprocess.run(command, env={**os.environ, **plain}, capture_output=True)
    assert result.returncode == 0, result.stderr
    assert "</html>" in (tmp_path / "a.html").read_text(encoding="utf-8")
