# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import shutil
import threading
import time

import pytest

from thfm_ros import cli
from thfm_ros.evaluation.fleet import find_bags
from thfm_ros.evaluation.report import document


@pytest.fixture
def bags(bag, tmp_path):
    folder = tmp_path / "recordings"
    for name in ("monday", "tuesday"):
        shutil.copytree(bag, folder / name)
    (folder / "notes.txt").write_text("not a bag")
    return folder


def evaluate(bags, out, checkpoint, *options):
    command = ["evaluate", "bags", str(bags), "--out", str(out), "--checkpoint", str(checkpoint)]
    return cli.main([*command, "--threads", "1", "--frames", "3", *options])


def test_no_bags(tmp_path):
    with pytest.raises(ValueError, match="no recordings were named"):
        find_bags([tmp_path])


def test_two_bags_of_one_name(bags, bag):
    shutil.copytree(bag, bags / "more" / "monday")
    with pytest.raises(ValueError, match="several recordings are called monday"):
        find_bags([bags, bags / "more"])


def test_a_folder_stands_for_its_bags(bags):
    assert [path.name for path in find_bags([bags])] == ["monday", "tuesday"]
    assert find_bags([bags / "monday"]) == [bags / "monday"]


def test_workers_share_the_bags_and_a_second_run_keeps_the_results(
    bags, tmp_path, checkpoint, capsys
):
    out = tmp_path / "out"
    assert evaluate(bags, out, checkpoint, "--workers", "2") == 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["bags"] == 2
    assert summary["frames"] == 6
    by_bag = summary["metrics_by_bag"]
    assert by_bag["monday"] == by_bag["tuesday"]
    assert summary["metrics"]["mask_iou"] == pytest.approx(by_bag["monday"]["mask_iou"], abs=1e-6)
    assert (out / "monday.html").exists()
    assert not list(out.glob("*.rows.jsonl"))
    capsys.readouterr()
    assert evaluate(bags, out, checkpoint) == 0
    assert capsys.readouterr().out.count("complete: kept") == 2


def test_dask_workers_share_the_bags_and_one_that_dies_loses_nothing(
    bags, tmp_path, checkpoint, two_dask_workers
):
    alone, shared = tmp_path / "alone", tmp_path / "shared"
    assert evaluate(bags, alone, checkpoint) == 0

    def kill_one_when_a_bag_is_done():
        while not list(shared.glob("*.json")):
            time.sleep(0.01)
        two_dask_workers[0].kill()

    killer = threading.Thread(target=kill_one_when_a_bag_is_done, daemon=True)
    killer.start()
    shutil.copytree(bags / "monday", bags / "wednesday")
    shutil.copytree(bags / "monday", bags / "thursday")
    assert evaluate(bags, shared, checkpoint, "--cluster", "dask", "--workers", "2") == 0
    killer.join(10)
    ours = json.loads((shared / "summary.json").read_text())
    assert ours["bags"] == 4
    assert ours["metrics"] == pytest.approx(
        json.loads((alone / "summary.json").read_text())["metrics"], abs=1e-6
    )


def test_other_options_are_evaluated_anew_and_a_failure_does_not_stop_the_rest(
    bags, tmp_path, checkpoint, capsys
):
    out = tmp_path / "out"
    (bags / "tuesday" / "metadata.yaml").unlink()
    next((bags / "tuesday").glob("*.mcap")).write_bytes(b"broken")
    assert evaluate(bags, out, checkpoint) == 3
    said = capsys.readouterr().out
    assert "monday complete" in said
    assert "tuesday failed" in said
    assert evaluate(bags, out, checkpoint, "--min-score", "0.1") == 3
    assert "kept" not in capsys.readouterr().out


@pytest.mark.fault("F78")
def test_what_was_scored_of_a_bag_is_kept_when_its_report_fails(
    bags, tmp_path, checkpoint, monkeypatch
):
    """Issue 23.15: the rows of bags that were not done were lost."""

    def fail(*_):
        raise ValueError("no room on the disk")

    monkeypatch.setattr(document, "build", fail)
    out = tmp_path / "out"
    assert evaluate(bags, out, checkpoint) == 1
    for name in ("monday", "tuesday"):
        rows = out / f"{name}.rows.jsonl"
        assert len(rows.read_text().splitlines()) == 3


def test_everything_failed_is_status_1(tmp_path, checkpoint):
    (tmp_path / "x.mcap").write_bytes(b"broken")
    assert evaluate(tmp_path / "x.mcap", tmp_path / "out", checkpoint) == 1
