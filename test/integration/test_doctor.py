# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm doctor` on a living system: it names what is wrong."""

import subprocess
import sys
import threading
import time

import pytest
from sensor_msgs.msg import CompressedImage

from thfm_ros.cli import main
from thfm_ros.media.encodings import ENCODINGS

SMALL = ["-p", "checkpoint:=random", "-p", "network.width:=64", "-p", "network.height:=48"]


def doctor(capsys, *arguments):
    status = main(["doctor", "--seconds", "2", *arguments])
    return status, capsys.readouterr().out


@pytest.fixture
def camera(probe):
    """Publish images from a thread while the doctor listens; change how through the dictionary."""
    changes, stop = {}, threading.Event()

    def publish():
        while not stop.is_set():
            probe.publish(time.time_ns(), **changes)
            time.sleep(0.05)

    thread = threading.Thread(target=publish)
    thread.start()
    yield changes
    stop.set()
    thread.join()


@pytest.mark.fault("F01")
def test_without_camera_and_node(probe, capsys):
    status, text = doctor(capsys, "--image", "/nobody/image")
    assert status == 1
    assert "there is no node /thfm/perception" in text
    assert "nobody publishes images on /nobody/image" in text


def test_a_camera_that_works(camera, capsys):
    status, text = doctor(capsys, "--image", "/camera/image")
    assert status == 0, text
    assert "/camera/image: rgb8, 160x120, frame camera_optical_frame" in text
    assert "no camera_info on /camera/camera_info" in text


@pytest.mark.fault("F04")
def test_a_camera_with_an_encoding_that_nobody_knows(camera, capsys):
    camera["encoding"] = "nv99"
    status, text = doctor(capsys, "--image", "/camera/image")
    assert status == 1
    assert "encoding is 'nv99'" in text
    assert f"encodings that are read: {', '.join(ENCODINGS)}" in text


def test_a_node_that_runs(camera, start_perception, probe, capsys):
    start_perception()
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    _, text = doctor(capsys)
    assert "/thfm/perception is there" in text
    assert "/thfm/perception: model: untrained weights" in text
    assert "/camera/image: rgb8" in text


@pytest.mark.fault("F81")
def test_a_topic_of_another_type_is_named(start, probe, capsys):
    """Issue 23.2: .../compressed given to a node that reads raw images."""
    topic = "/camera/image/compressed"
    start("perception_node", "-r", "__ns:=/raw", "-r", f"image:={topic}", *SMALL)
    images = probe.node.create_publisher(CompressedImage, topic, 10)
    probe.spin_until(
        lambda: probe.node.get_subscriptions_info_by_topic(topic), what="the subscription"
    )
    status, text = doctor(capsys, "--node", "/raw/perception")
    probe.node.destroy_publisher(images)
    assert status == 1
    assert f"{topic} carries sensor_msgs/msg/CompressedImage" in text
    assert "/raw/perception reads sensor_msgs/msg/Image" in text
    assert "image_transport: compressed" in text


def test_it_runs_as_a_command():
    command = [sys.executable, "-m", "thfm_ros.cli", "doctor", "--seconds", "0.1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "[ok] Python" in result.stdout
    assert "Traceback" not in result.stderr
