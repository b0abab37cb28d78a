# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from thfm_ros import cli, skeleton
from thfm_ros.media.video import VideoWriter, read_frames
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.run_output import RunOutput

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
    said = capsys.readouterr().err.strip().splitlines()
    assert said[-1].startswith("thfm run: ")
    assert "no.mp4" in said[-1]


def test_missing_checkpoint_is_one_line(video, tmp_path, capsys):
    assert run(video, tmp_path / "o", "--checkpoint", tmp_path / "nowhere") == 1
    assert "nowhere is not a directory" in capsys.readouterr().err


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


def write_bag(path, stamps, cut=()):
    """JPEGs of noise at so many nanoseconds; those at the indices `cut` are cut short."""
    types = get_typestore(Stores.ROS2_JAZZY)
    kind = "sensor_msgs/msg/CompressedImage"
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection("/camera/image/compressed", kind, typestore=types)
        for index, stamp in enumerate(stamps):
            noise = np.random.default_rng(index).integers(0, 255, (60, 80, 3), np.uint8)
            data = cv2.imencode(".jpg", noise)[1]
            data = data[: len(data) // 2] if index in cut else data
            time = types.types["builtin_interfaces/msg/Time"](*divmod(stamp, 10**9))
            header = types.types["std_msgs/msg/Header"](time, "optical")
            message = types.types[kind](header, "jpeg", data)
            writer.write(connection, index, types.serialize_cdr(message, kind))
    return path


@pytest.mark.fault("F73")
@pytest.mark.parametrize("options", [(), ("--overlap", 1)], ids=["stream", "offline"])
def test_what_a_node_would_refuse_is_left_out_and_counted(checkpoint, tmp_path, options):
    seconds = [60, 60.04, 60.04, 60.08, 60.06, 60.12, 1, 1.04]
    bag = write_bag(tmp_path / "bag", [round(s * 1e9) for s in seconds], cut=(3,))
    assert run(bag, tmp_path / "o", "--checkpoint", checkpoint, *options) == 0
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert summary["complete"]
    assert summary["frames"] == 6
    assert summary["skipped"] == {
        "images left out: duplicate stamp": 1,
        "images left out: format 'jpeg' is cut short": 1,
    }
    lines = (tmp_path / "o" / "people.jsonl").read_text().splitlines()
    assert [json.loads(line)["stamp_ns"] / 1e9 for line in lines] == [
        60,
        60.04,
        60.06,
        60.12,
        1,
        1.04,
    ]


@pytest.mark.fault("F73")
@pytest.mark.parametrize("options", [(), ("--overlap", 1)], ids=["stream", "offline"])
def test_another_size_in_mid_video_does_not_end_a_run(checkpoint, tmp_path, options):
    for index, size in enumerate([(60, 80), (60, 80), (80, 60), (30, 40)]):
        noise = np.random.default_rng(index).integers(0, 255, (*size, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"{index}.png"), noise)
    assert run(tmp_path, tmp_path / "o", "--checkpoint", checkpoint, *options) == 0
    assert len(list(read_frames(tmp_path / "o" / "overlay.mp4"))) == 4


@pytest.mark.fault("F78")
def test_what_was_seen_before_a_run_was_killed_is_there(checkpoint, tmp_path):
    for index in range(40):
        noise = np.random.default_rng(index).integers(0, 255, (60, 80, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"{index}.png"), noise)
    out = tmp_path / "o"
    command = [sys.executable, "-m", "thfm_ros.cli", "run", str(tmp_path), "--out", str(out)]
    process = subprocess.Popen([*command, "--checkpoint", str(checkpoint)])
    people, end = out / "people.jsonl", time.monotonic() + 60
    while not (people.exists() and people.read_text().count("\n") > 3):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.kill()
    process.wait()
    lines = people.read_text().splitlines()
    assert all(json.loads(line)["people"] is not None for line in lines[:3])


@pytest.mark.fault("F78")
def test_a_run_that_fails_half_way_says_so_and_keeps_what_was_seen(
    checkpoint, tmp_path, monkeypatch
):
    bag = write_bag(tmp_path / "bag", [10**9 + index * 4 * 10**7 for index in range(6)])
    monkeypatch.setattr(
        RunOutput,
        "add",
        lambda self, frame, result, add=RunOutput.add: fail_third(self, add, frame, result),
    )
    assert run(bag, tmp_path / "o", "--checkpoint", checkpoint) == 1
    summary = json.loads((tmp_path / "o" / "summary.json").read_text())
    assert (summary["complete"], summary["frames"]) == (False, 2)
    assert len((tmp_path / "o" / "people.jsonl").read_text().splitlines()) == 2
    assert len(list(read_frames(tmp_path / "o" / "overlay.mp4"))) == 2


def fail_third(output, add, frame, result):
    """The disk is full."""
    if output.summary["frames"] == 2:
        raise OSError("no space left on device")
    add(output, frame, result)


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
