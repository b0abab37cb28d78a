# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from thfm_ros import cli
from thfm_ros.evaluation.benchmark import gpu, gpu_cases
from thfm_ros.evaluation.benchmark.gpu import GpuPlan, run_gpu

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_without_a_gpu_it_says_so(capsys):
    assert cli.main(["bench", "gpu"]) == 1
    assert "no CUDA device is here; --dry-run" in capsys.readouterr().err


def test_minutes_are_more_than_none():
    with pytest.raises(ValueError, match="minutes is 0"):
        GpuPlan(minutes=0, dry=True)


def test_the_whole_script_works_without_a_gpu(tmp_path):
    """Ten minutes of a GPU are too dear to find typing errors with."""
    command = [str(ROOT / "tools" / "gpu_check.sh"), "--dry-run", str(tmp_path)]
    environment = {**os.environ, "PYTHON": sys.executable, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "bench_gpu.json").read_text())
    timed = {row["name"] for row in found["rows"] if "milliseconds" in row}
    assert timed == {
        "tiny, 64x48, 5 frames, 4 tasks, eager",
        "tiny wan, 64x48, 5 frames, 4 tasks, eager",
    }
    assert all(row["share_of_product"] > 0 for row in found["rows"] if "tflop" in row)
    assert found["dry_run"]
    assert "A dry run" in (tmp_path / "page.md").read_text()
    assert (tmp_path / "tests.xml").is_file()


def test_what_is_missing_is_said_first(tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / "tools" / "gpu_check.sh"), "--dry-run", str(tmp_path / "out")],
        env={**os.environ, "PYTHON": str(bare)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "not installed: torch numpy diffusers" in done.stdout


def test_what_was_measured_is_kept_and_what_was_not_is_named(tmp_path, monkeypatch):
    """A model that does not fit, a way that fails and a time that is up cost themselves only."""
    small, large = gpu_cases.cases(dry=True)
    monkeypatch.setattr(gpu_cases, "cases", lambda dry: [large, small])
    build = gpu_cases.build

    def exhausted(subject, device):
        if subject == large.subject:
            raise torch.OutOfMemoryError("CUDA out of memory: planted")
        return build(subject, device)

    monkeypatch.setattr(gpu_cases, "build", exhausted)

    def fail(self, mode):
        raise RuntimeError("planted in the way")

    monkeypatch.setattr(gpu._Bench, "_measure", fail)
    plan = GpuPlan(tmp_path / "found.json", tmp_path / "page.md", dry=True)
    found = run_gpu(plan, report=lambda _: None)
    assert found == json.loads((tmp_path / "found.json").read_text())
    said = {row["name"]: row.get("error") or row.get("skipped") for row in found["rows"]}
    assert "planted" in said[f"{large.subject.name}, built"]
    assert said[large.title("eager")] == "the model could not be built"
    assert "planted in the way" in said[small.title("eager")]
    assert "planted in the way" in (tmp_path / "page.md").read_text()


def test_no_time_is_no_failure(monkeypatch):
    found = run_gpu(GpuPlan(minutes=1e-9, dry=True), report=lambda _: None)
    assert {row["skipped"] for row in found["rows"]} == {"out of time"}


def test_the_most_telling_cases_come_first():
    first, second, *rest = gpu_cases.cases(dry=False)
    assert (first.subject.name, first.size, len(first.modes)) == ("nano", (192, 144), 4)
    assert (second.subject.name, len(second.modes)) == ("1.3B taehv", 4)
    shapes = {(case.subject.name, case.size, case.frames, case.set) for case in rest}
    assert len(shapes) == 3 * 2 * 3 * 2
