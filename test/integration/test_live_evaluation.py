# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate bag --live`: the node over real DDS, and what launch starts."""

import importlib.util
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from thfm_ros.clips.clip import Clip
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.synth.bag import write_bag

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / "launch" / "replay_evaluation.launch.py"
HAS_LAUNCH = importlib.util.find_spec("launch_ros") is not None
FRAMES, SIZE = 12, (96, 64)
# The middle of the picture: live, the first image comes before camera_info, and is not turned.
CENTRE = 47.5, 31.5


def clip():
    """Noise that moves, with a square that is a person."""
    width, height = SIZE
    random = np.random.default_rng(3)
    picture = random.integers(0, 255, (height, width, 3), np.uint8)
    instance = np.zeros((FRAMES, height, width), np.uint8)
    instance[:, 10:50, 20:60] = 1
    points = np.tile(random.uniform(-0.4, 0.4, (33, 3)) + np.array((0, 0, 2)), (FRAMES, 1, 1, 1))
    flat = np.float32((80, 80)) * points[..., :2] / points[..., 2:] + CENTRE
    return Clip(
        rgb=np.stack([np.roll(picture, 2 * i, 1) for i in range(FRAMES)]),
        mask=255 * instance,
        instance=instance,
        part=instance,
        depth=np.full((FRAMES, height, width), 2, np.float32),
        normals=np.tile(np.float32((0, 0, -1)), (FRAMES, height, width, 1)),
        dense_pose=np.full((FRAMES, height, width, 3), 0.5, np.float32),
        landmarks2d=flat.astype(np.float32),
        landmarks3d=points.astype(np.float32),
        landmark_state=np.ones((FRAMES, 1, 33), np.uint8),
        intrinsics=np.tile(np.float32((80, 80, *CENTRE)), (FRAMES, 1)),
        times=np.arange(FRAMES) / 5,
        about={},
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A bag and a tiny checkpoint."""
    folder = tmp_path_factory.mktemp("scene")
    write_bag(folder / "bag", clip())
    torch.manual_seed(0)
    save_checkpoint(Thfm(preset("tiny")), folder / "tiny")
    return folder


def evaluate(scene, out, *options):
    """Run the command in a process of its own; return it and the document."""
    command = [sys.executable, "-m", "thfm_ros.cli", "evaluate", "bag", str(scene / "bag")]
    command += ["--checkpoint", str(scene / "tiny"), "--json", str(out), "--min-score", "0"]
    command += ["--min-confidence", "0", "--threads", "1", "--backend", "eager", *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=180)
    return result, json.loads(out.read_text()) if out.exists() else None


def test_a_node_that_cannot_start_says_why(scene, tmp_path):
    out = tmp_path / "live.json"
    result, document = evaluate(scene, out, "--live", "--device", "cuda:7")
    assert result.returncode == 1
    assert document is None
    assert result.stderr.strip().splitlines()[-1].startswith("thfm evaluate bag: perception_node")


@pytest.mark.fault("F52")
def test_live_and_offline_say_the_same_of_the_same_frames(scene, tmp_path):
    """Fault F52: equal but for the mask's eight bits."""
    result, live = evaluate(scene, tmp_path / "live.json", "--live", "--live-mode", "every")
    assert result.returncode == 0, result.stderr
    _, offline = evaluate(scene, tmp_path / "offline.json")
    assert live["frames"]["stamp_ns"] == offline["frames"]["stamp_ns"]
    rows = [document["frames"]["rows"] for document in (live, offline)]
    for name in ("pck_0_2", "depth_absrel", "normals_mean_deg", "dense_pose_error"):
        assert np.allclose(rows[0][name], rows[1][name], atol=1e-4), name
    assert np.allclose(rows[0]["mask_mad"], rows[1]["mask_mad"], atol=1 / 255)


def test_a_live_run_measures_latency_drops_and_jitter(scene, tmp_path):
    result, document = evaluate(scene, tmp_path / "live.json", "--live")
    assert result.returncode == 0, result.stderr
    latency = document["latency"]
    assert latency["frames_played"] == FRAMES
    assert 0 < latency["frames_answered"] <= FRAMES
    assert latency["drop_share"] == pytest.approx(1 - latency["frames_answered"] / FRAMES, abs=1e-4)
    assert latency["total_ms"]["p50"] >= latency["inference_ms"]["p50"] > 0
    assert latency["interval_ms"]["p50"] > 0
    assert latency["jitter_ms"] >= 0
    assert document["config"]["mode"] == "latest"


def test_the_launch_file_runs_the_command(monkeypatch, tmp_path):
    names = {
        "launch": ["LaunchDescription"],
        "launch.actions": ["DeclareLaunchArgument", "ExecuteProcess", "OpaqueFunction"],
    }
    for module_name, actions in names.items():
        module = types.ModuleType(module_name)
        for action in actions:
            setattr(module, action, lambda *args, **kwargs: types.SimpleNamespace(a=args, k=kwargs))
        monkeypatch.setitem(sys.modules, module_name, module)
    spec = importlib.util.spec_from_file_location("replay_evaluation", LAUNCH_FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    chosen = {name: default for name, default, _, _ in module.ARGUMENTS}
    chosen.update(bag="/a/bag", out="/o", live="false", reference="depth=/d mask=/m")
    context = types.SimpleNamespace(launch_configurations=chosen, argv=[])
    command = module.start(context)[0].k["cmd"]
    assert os.access(command[0], os.X_OK)
    assert command[1:4] == ["evaluate", "bag", "/a/bag"]
    assert command[4:] == [
        *("--json", "/o/evaluation.json", "--html", "/o/evaluation.html"),
        *("--reference", "depth=/d", "--reference", "mask=/m"),
    ]


@pytest.mark.skipif(not HAS_LAUNCH, reason="launch_ros is not installed")
def test_ros2_launch_evaluates(scene, tmp_path):
    command = ["ros2", "launch", str(LAUNCH_FILE), f"bag:={scene / 'bag'}", f"out:={tmp_path}"]
    command += [f"checkpoint:={scene / 'tiny'}", "live:=false"]
    subprocess.run(command, check=True, timeout=180)
    assert json.loads((tmp_path / "evaluation.json").read_text())["status"] == "complete"
    assert (tmp_path / "evaluation.html").exists()


@pytest.mark.skipif(not HAS_LAUNCH, reason="launch_ros is not installed")
def test_ros2_launch_fails_where_the_evaluation_fails(tmp_path):
    command = ["ros2", "launch", str(LAUNCH_FILE), f"bag:={tmp_path / 'none'}", f"out:={tmp_path}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert result.returncode == 1
    assert "none does not exist" in result.stdout
