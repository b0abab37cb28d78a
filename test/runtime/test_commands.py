# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan

from thfm_ros import cli, skeleton
from thfm_ros.media.video import VideoWriter, read_frames
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm

GENCEPTION = Path(__file__).parents[1] / "data" / "genception"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("tiny")
    save_checkpoint(Thfm(preset("tiny")), directory)
    return directory


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "noise.mp4"
    random = np.random.default_rng(0)
    with VideoWriter(path) as writer:
        for i in range(7):
            writer.write(random.integers(0, 255, (60, 80, 3), dtype=np.uint8), i * 40_000_000)
    return path


def run(video, out, *options):
    return cli.main(["run", str(video), "--out", str(out), *map(str, options)])


def test_missing_video_is_one_line(tmp_path, capsys):
    assert run(tmp_path / "no.mp4", tmp_path / "o") == 1
    said = capsys.readouterr().out.strip().splitlines()
    assert said[-1].startswith("thfm run: ")
    assert "no.mp4" in said[-1]


def test_missing_checkpoint_is_one_line(video, tmp_path, capsys):
    assert run(video, tmp_path / "o", "--checkpoint", tmp_path / "nowhere") == 1
    assert "nowhere is not a directory" in capsys.readouterr().out


@pytest.mark.parametrize("options", [(), ("--overlap", 1)], ids=["stream", "offline"])
def test_every_frame_is_perceived_and_written(video, checkpoint, tmp_path, options):
    assert run(video, tmp_path, "--checkpoint", checkpoint, *options) == 0
    lines = [json.loads(line) for line in (tmp_path / "people.jsonl").read_text().splitlines()]
    assert len(lines) == 7
    for person in (p for line in lines for p in line["people"]):
        assert len(person["pixels"]) == skeleton.COUNT
    assert len(list(read_frames(tmp_path / "overlay.mp4"))) == 7
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["frames"], summary["inferences"], summary["untrained"]) == (7, 7, True)


def test_stride_and_frame_limit(video, checkpoint, tmp_path):
    code = run(video, tmp_path, "--checkpoint", checkpoint, "--stride", 2, "--frames", 5)
    assert code == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["frames"], summary["inferences"]) == (5, 3)


def test_a_converted_genception_runs_on_video(video, tmp_path):
    torch.manual_seed(0)
    AutoencoderKLWan(base_dim=8).save_pretrained(tmp_path / "vae")
    np.save(tmp_path / "depth.npy", np.ones((5, 32), np.float32))
    converted = cli.main(
        [
            "convert", "genception", "--transformer", str(GENCEPTION / "params.npz"),
            "--config", str(GENCEPTION / "config.json"), "--vae", str(tmp_path / "vae"),
            "--prompt", f"depth={tmp_path / 'depth.npy'}", "--out", str(tmp_path / "converted"),
        ]
    )  # fmt: skip
    assert converted == 0
    out = tmp_path / "out"
    assert run(video, out, "--checkpoint", tmp_path / "converted", "--overlap", 4) == 0
    assert json.loads((out / "summary.json").read_text())["frames"] == 7
