# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""replay_node, what of it arrives, and the whole demo."""

import json
import subprocess
import sys

import numpy as np
import pytest
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

from thfm_ros.media.video import VideoWriter, read_frames

FRAMES = 60


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Two seconds of 640x480 at 30 frames per second."""
    path = tmp_path_factory.mktemp("video") / "noise.mp4"
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (480, 640, 3), np.uint8)
    with VideoWriter(path) as writer:
        for index in range(FRAMES):
            writer.write(np.roll(picture, index, axis=1), round(index * 1e9 / 30))
    return path


def test_an_unreadable_source_is_one_line_and_an_exit_status(start):
    process = start("replay_node", "-p", "source:=/no/such/video.mp4")
    assert process.popen.wait(30) == 1
    assert process.text().strip() == "replay_node: /no/such/video.mp4 does not exist"


def test_large_images_arrive_best_effort_with_info_and_clock(probe, start, video):
    probe.watch("/replayed/image", Image, qos_profile_sensor_data)
    probe.watch("/replayed/camera_info", CameraInfo)
    probe.watch("/clock", Clock)
    replay = start(
        "replay_node",
        *("-r", "__ns:=/replayed", "-p", f"source:={video}", "-p", "wait_for_subscribers:=1"),
        *("-p", "stamps:=source", "-p", "clock:=true", "-p", "horizontal_fov_deg:=60.0"),
    )
    probe.spin_until(lambda: replay.popen.poll() is not None, what="the end of the video")
    images = probe.received["/replayed/image"]
    assert len(images) >= 0.95 * FRAMES
    stamps = [image.header.stamp.sec * 10**9 + image.header.stamp.nanosec for image in images]
    assert stamps == sorted(set(stamps))
    assert stamps[0] >= 10**9
    infos = {info.header.stamp.nanosec: info for info in probe.received["/replayed/camera_info"]}
    assert infos[images[-1].header.stamp.nanosec].k[0] == pytest.approx(554.26, abs=0.1)
    assert probe.received["/clock"][-1].clock == images[-1].header.stamp


def test_the_demo_records_every_output(video, tmp_path):
    command = [sys.executable, "-m", "thfm_ros.cli", "demo", str(video), "--out", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["pictures"] >= 1
    assert summary["untrained"] is False
    assert summary["frames_received"] >= 0.9 * FRAMES
    assert all(count >= 1 for count in summary["messages"].values())
    frames = list(read_frames(tmp_path / "overlay.mp4"))
    assert len(frames) == summary["pictures"]


def test_the_demo_names_a_video_that_is_not_there(tmp_path):
    command = [sys.executable, "-m", "thfm_ros.cli", "demo", "/no/such/video.mp4"]
    result = subprocess.run(
        [*command, "--out", str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 1
    assert result.stderr.strip().endswith("/no/such/video.mp4 does not exist")
