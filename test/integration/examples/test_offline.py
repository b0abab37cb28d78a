# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes about files: record and evaluate a bag, a video as a table, fine-tuning."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import yaml

from thfm_ros import cli
from thfm_ros.clips.clip import Clip
from thfm_ros.clips.shards import write_shard
from thfm_ros.media.video import VideoWriter
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.skeleton import LANDMARKS

SIZE = (64, 48)


def run_script(command, **variables):
    environment = dict(os.environ, OMP_NUM_THREADS="2", PYTHON=sys.executable, **variables)
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("tiny")
    save_checkpoint(Thfm(preset("tiny")), directory)
    return directory


def test_what_was_recorded_is_evaluated(probe, start_example, tmp_path, tiny):
    bag = tmp_path / "walk"
    recorder = start_example("record_bag.py", str(bag), "--ros-args", "-r", "image:=/camera/image")
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the recorder")
    for _ in range(4):
        probe.publish(time.time_ns())
        probe.spin_until(lambda: True)
        time.sleep(0.2)
    assert recorder.end(signal.SIGINT) == 0
    report = tmp_path / "walk.json"
    command = ["evaluate", "bag", str(bag), "--checkpoint", str(tiny), "--json", str(report)]
    assert cli.main(command) == 0
    read = json.loads(report.read_text())
    assert read["frames"]
    assert read["status"] == "complete"


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "noise.mp4"
    random = np.random.default_rng(0)
    with VideoWriter(path) as writer:
        for k in range(3):
            writer.write(random.integers(0, 256, (96, 128, 3), np.uint8), k * 100_000_000)
    return path


def test_a_table_needs_two_names(examples):
    result = run_script([sys.executable, examples / "video_to_csv.py", "walk.mp4"])
    assert result.returncode == 1
    assert "usage: video_to_csv.py VIDEO TABLE.csv" in result.stderr


def test_a_video_becomes_a_table(examples, video, tmp_path, tiny):
    table = tmp_path / "table.csv"
    # Random weights see a person in noise, or do not; the rows' form is what is tested.
    command = [sys.executable, examples / "video_to_csv.py", video, table]
    result = run_script([*command, "--checkpoint", tiny])
    assert result.returncode == 0, result.stdout + result.stderr
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) % len(LANDMARKS) == 0
    for row in rows:
        assert 0 <= float(row["seconds"]) <= 0.21
        assert row["person"]
        assert 0 <= float(row["confidence"]) <= 1


def test_a_video_that_is_not_there_ends_the_table(examples, tmp_path):
    command = [sys.executable, examples / "video_to_csv.py", "/no/video.mp4", tmp_path / "t.csv"]
    result = run_script(command)
    assert result.returncode == 1
    assert "/no/video.mp4 does not exist" in result.stdout + result.stderr
    assert not (tmp_path / "t.csv").exists()


def boxes(frames=1):
    """A clip of a box that stands for a person: exact truth without an asset pack."""
    random, (width, height) = np.random.default_rng(0), SIZE
    grey = np.zeros((frames, height, width), np.uint8)
    flat = np.zeros((frames, height, width, 3), np.float32)
    box = np.s_[:, 10:40, 20:40]
    rgb = random.integers(0, 80, (frames, height, width, 3), dtype=np.uint8)
    mask, person, depth = grey.copy(), grey.copy(), np.full(grey.shape, 5, np.float32)
    normals, pose = flat.copy(), flat.copy()
    rgb[box], mask[box], person[box], depth[box] = 200, 255, 1, 2
    normals[box], pose[box] = (0, 0, -1), (0.7, 0.5, 0.5)
    pixels = random.uniform((20, 10), (39, 39), (frames, 1, 33, 2)).astype(np.float32)
    metres = np.concatenate([pixels / 30, np.full((frames, 1, 33, 1), 2, np.float32)], -1)
    return Clip(
        rgb=rgb,
        mask=mask,
        instance=person,
        part=person,
        depth=depth,
        normals=normals,
        dense_pose=pose,
        landmarks2d=pixels,
        landmarks3d=metres,
        landmark_state=np.ones((frames, 1, 33), np.uint8),
        intrinsics=np.tile(np.float32([60, 60, 31.5, 23.5]), (frames, 1)),
        times=np.arange(frames) / 10,
        about={"fps": 10, "stride": 1, "seed": 0, "identities": [0]},
    )


def test_fine_tuning_goes_on_from_the_shipped_weights(examples, tmp_path):
    clips = tmp_path / "clips"
    clips.mkdir()
    write_shard(clips / "shard-00000.tar", ((str(k), boxes()) for k in range(2)))
    settings = yaml.safe_load((examples / "fine_tune.yaml").read_text())
    settings["phases"][0] |= {"steps": 1, "batch": 1, "size": list(SIZE)}
    (tmp_path / "short.yaml").write_text(yaml.safe_dump(settings))
    script = [examples / "fine_tune.sh", clips, tmp_path / "run"]
    result = run_script(script, CONFIG=str(tmp_path / "short.yaml"))
    assert result.returncode == 0, result.stdout + result.stderr
    config = json.loads((tmp_path / "run" / "model" / "config.json").read_text())
    assert config["trained"]
