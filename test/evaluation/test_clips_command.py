# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json

import pytest

from thfm_ros import cli
from thfm_ros.clips.shards import write_shard
from thfm_ros.evaluation.clips_command import name_folders


@pytest.fixture(scope="module")
def shards(clip, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    clip = dataclasses.replace(clip, about={**clip.about, "fps": 10})
    write_shard(folder / "shard-00000.tar", ((str(n), clip) for n in range(3)))
    return folder


def evaluate(folders, checkpoint, out, *more):
    arguments = [*map(str, folders), "--checkpoint", str(checkpoint), "--json", str(out)]
    return cli.main(["evaluate", "clips", *arguments, "--limit", "2", "--threads", "1", *more])


@pytest.mark.parametrize("folders", [["a", "b"], ["x=a", "b"], ["=a"], ["x="]])
def test_folders_without_a_name_are_named_in_the_error(folders):
    with pytest.raises(ValueError, match="NAME=DIR"):
        name_folders(folders)


def test_a_name_that_repeats_is_an_error():
    with pytest.raises(ValueError, match="repeat"):
        name_folders(["x=a", "x=b"])


def test_a_missing_folder_is_one_line(checkpoint, tmp_path, capsys):
    assert evaluate([tmp_path / "none"], checkpoint, tmp_path / "t.json") == 1
    assert "thfm synth clips" in capsys.readouterr().err


def test_a_window_that_no_model_takes_is_one_line(shards, checkpoint, tmp_path, capsys):
    assert evaluate([shards], checkpoint, tmp_path / "t.json", "--accel-window", "4") == 1
    assert "accel_window is 4, allowed is 4k + 1" in capsys.readouterr().err


def test_one_folder_makes_one_table(shards, checkpoint, tmp_path):
    assert evaluate([shards], checkpoint, tmp_path / "t.json") == 0
    table = json.loads((tmp_path / "t.json").read_text())
    assert table["clips"] == 2
    assert {"mask_iou", "normals_mean_deg", "pck_0_1", "accel_ratio"} <= set(table["metrics"])


def test_single_frames_are_held_against_windows(shards, checkpoint, tmp_path):
    tables = []
    for more in (["--window", "1"], ["--window", "1", "--accel-window", "5"]):
        assert evaluate([shards], checkpoint, tmp_path / "t.json", *more) == 0
        tables.append(json.loads((tmp_path / "t.json").read_text())["metrics"])
    plain, held = tables
    assert "accel_ratio" not in plain
    assert held.pop("accel_ratio") > 0
    assert held == plain


def test_named_folders_make_one_table_each(shards, checkpoint, tmp_path):
    named = [f"test={shards}", f"crowd={shards}"]
    assert evaluate(named, checkpoint, tmp_path / "t.json") == 0
    tables = json.loads((tmp_path / "t.json").read_text())
    assert tables["test"] == tables["crowd"]
    assert tables["test"]["clips"] == 2
    assert tables["data"]["test"]["fingerprint"]
    assert tables["checkpoint"] == "tiny"
