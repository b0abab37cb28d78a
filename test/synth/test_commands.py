# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import cv2
import pytest

from thfm_ros.clips.shards import read_shard
from thfm_ros.synth.__main__ import main


def run(pack, *words):
    return main([words[0], "--assets", str(pack), *(str(word) for word in words[1:])])


@pytest.mark.parametrize("size", ["256", "axb", "1x2x3"])
def test_a_bad_size_is_named(pack, capsys, size):
    with pytest.raises(SystemExit):
        run(pack, "clips", "--out", "x", "--count", 1, "--size", size)
    assert "write WIDTHxHEIGHT" in capsys.readouterr().err


def test_errors_are_one_line_and_a_status(tmp_path, capsys):
    status = run(tmp_path, "sheet", "--out", tmp_path / "a.png")
    assert status == 1
    assert "thfm synth: " in capsys.readouterr().err


def test_clips_writes_shards(pack, tmp_path, capsys):
    out = tmp_path / "clips"
    words = (
        "clips",
        "--out",
        out,
        "--count",
        2,
        "--size",
        "64x48",
        "--frames",
        1,
        "--split",
        "val",
    )
    assert run(pack, *words) == 0
    assert len(list(read_shard(out / "shard-00000.tar"))) == 2
    assert json.loads((out / "plan.json").read_text())["split"] == "val"
    assert run(pack, *words) == 0
    assert "0 clips made, 2 in" in capsys.readouterr().out


def test_sheet_draws_a_picture(pack, tmp_path):
    out = tmp_path / "sheet.png"
    words = ("--count", 2, "--size", "64x48", "--columns", "rgb,mask", "--framing", "person")
    assert run(pack, "sheet", "--out", out, *words) == 0
    assert cv2.imread(str(out)).shape == (96, 128, 3)


def test_bag_writes_a_bag(pack, tmp_path):
    out = tmp_path / "bag"
    assert run(pack, "bag", "--out", out, "--frames", 2, "--size", "64x48") == 0
    assert (out / "metadata.yaml").exists()


def test_bench_writes_json(pack, tmp_path, monkeypatch):
    from thfm_ros.synth import benchmark

    monkeypatch.setattr(benchmark, "CASES", (((32, 24), 1),))
    out = tmp_path / "speed.json"
    assert run(pack, "bench", "--workers", 1, "--clips", 1, "--out", out) == 0
    assert json.loads(out.read_text())["rows"][0]["frames_per_clip"] == 1


def test_bag_writes_a_rehearsed_scene(pack, tmp_path, capsys):
    words = ("bag", "--out", tmp_path / "bag", "--stage", "nobody", "--size", "64x48")
    assert run(pack, *words) == 0
    assert list((tmp_path / "bag").glob("*.mcap"))
    assert "10 frames" in capsys.readouterr().out
