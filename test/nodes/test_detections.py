# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages of vision_msgs and people_msgs, built from their definitions, and over DDS."""

import ctypes
import hashlib
import importlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
from rclpy.lifecycle import LifecycleNode

from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.nodes import detections, outputs
from thfm_ros.perception import TrackState

SOURCES = Path(__file__).parents[1] / "data" / "interfaces"
PACKAGES = ("vision_msgs", "people_msgs")
FRAME = Frame(
    10**18, np.zeros((48, 64, 3), np.uint8), "optical", Intrinsics(50.0, 50.0, 32.0, 24.0, 64, 48)
)


def build(prefix):
    """Build the packages into prefix; takes a minute, once per environment."""
    paths = os.pathsep.join(p for p in (os.environ.get("AMENT_PREFIX_PATH"), sys.prefix) if p)
    environment = dict(os.environ, AMENT_PREFIX_PATH=paths, CMAKE_PREFIX_PATH=paths)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for package in PACKAGES:
        made = prefix / "build" / package
        options = [
            f"-DPython3_EXECUTABLE={sys.executable}",
            f"-DCMAKE_INSTALL_PREFIX={prefix}",
            f"-DCMAKE_INSTALL_RPATH={prefix}/lib;{sys.prefix}/lib",
        ]
        configure = ["cmake", "-S", str(SOURCES / package), "-B", str(made), *options]
        compile_ = ["cmake", "--build", str(made), "--parallel", "--target", "install"]
        for command in (configure, compile_):
            result = subprocess.run(command, env=environment, capture_output=True, text=True)
            assert result.returncode == 0, result.stdout + result.stderr
    (prefix / "complete").touch()


@pytest.fixture(scope="module")
def installed():
    """The messages, as if their packages were installed; what imported them before is reloaded."""
    if all(importlib.util.find_spec(package) for package in PACKAGES):
        yield
        return
    files = sorted(path for path in SOURCES.rglob("*") if path.is_file())
    key = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    prefix = Path(sys.prefix) / "test_interfaces" / key
    if not (prefix / "complete").exists():
        build(prefix)
    site = str(next(prefix.glob("lib/python*/site-packages")))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        for package in PACKAGES:
            # rclpy asks for them by name, and the loader's path was read when Python started.
            ctypes.CDLL(prefix / "lib" / f"lib{package}__rosidl_typesupport_fastrtps_c.so")
        for module in (detections, outputs):
            importlib.reload(module)
        yield
    for module in (detections, outputs):
        importlib.reload(module)


@pytest.fixture
def topics(installed):
    return {topic: make for topic, _, _, make in detections.topics()}


def test_where_nothing_is_installed_there_are_no_topics(monkeypatch):
    monkeypatch.setattr(detections, "Detection2DArray", None)
    monkeypatch.setattr(detections, "People", None)
    assert detections.topics() == ()


def test_the_edges_of_a_box_are_the_persons(topics, seen, standing):
    message = topics["detections2d"](seen(standing(box=(20, 10, 21, 30))))
    assert message.header.frame_id == "optical"
    (found,) = message.detections
    assert (found.header, found.id) == (message.header, "abcde")
    assert found.bbox.center.position.x - found.bbox.size_x / 2 == 20
    assert found.bbox.center.position.y + found.bbox.size_y / 2 == 40
    (result,) = found.results
    assert (result.hypothesis.class_id, result.hypothesis.score) == ("person", 0.9)


def test_who_is_not_seen_is_no_detection(topics, seen, standing):
    hidden, lost = (
        standing(id, track_state=state)
        for id, state in (("hides", TrackState.PREDICTED), ("leaves", TrackState.LOST))
    )
    shown = seen(hidden, lost)
    assert topics["detections2d"](shown).detections == []
    assert topics["detections3d"](shown).detections == []
    assert [person.name for person in topics["people"](shown).people] == ["hides"]


def test_masks_have_boxes_of_their_own_and_strangers_no_id(topics, seen, standing):
    instances = np.zeros((48, 64), np.uint8)
    instances[5:15, 30:40] = 1
    instances[40:48, 0:4] = detections.WITHOUT_SKELETON
    person, stranger = topics["mask/detections2d"](seen(standing(), instances=instances)).detections
    assert (person.id, person.bbox.center.position.x, person.bbox.size_y) == ("abcde", 35, 10)
    assert (stranger.id, stranger.results[0].hypothesis.score) == ("", 0)
    assert (stranger.bbox.center.position.y, stranger.bbox.size_x) == (44, 4)


def test_without_a_mask_nothing_is_said_of_masks(topics, seen, standing):
    assert topics["mask/detections2d"](seen(standing())) is None


def test_a_box_in_space_holds_the_landmarks(topics, seen, standing):
    covariance = np.diag([0.1, 0.2, 0.3])
    person = standing(root=(1.0, 0.0, 3.0), root_covariance=covariance)
    (found,) = topics["detections3d"](seen(person)).detections
    centre, size = found.bbox.center.position, found.bbox.size
    assert (centre.x, size.x) == pytest.approx((1.0, 0.4))
    assert (centre.y, size.y) == pytest.approx((0.05, 1.5))
    pose = found.results[0].pose
    assert pose.pose.position.z == 3.0
    assert pose.pose.orientation.w == 1.0
    assert np.reshape(pose.covariance, (6, 6))[:3, :3] == pytest.approx(covariance)


def test_without_metres_nobody_is_in_space(topics, seen, standing):
    shown = seen(standing(root=(0, 0, 3), metric=None), standing("other", root=(np.nan,) * 3))
    assert topics["detections3d"](shown).detections == []
    assert topics["people"](shown).people == []


def test_people_move(topics, seen, standing):
    moving, unknown = topics["people"](seen(standing(), standing("other", velocity=None))).people
    assert (moving.velocity.x, moving.velocity.z, moving.reliability) == (0.5, -0.5, 0.9)
    assert moving.position.z == 3.0
    assert unknown.velocity.x == 0
    assert dict(zip(moving.tagnames, moving.tags, strict=True)) == {"track_state": "TRACKED"}


def test_they_are_published_over_dds(topics, context, seen, standing):
    node = LifecycleNode("detections")
    published = outputs.Outputs(node, "")
    node.trigger_configure()
    node.trigger_activate()
    received = {}
    for topic, kind, *_ in detections.topics():
        received[topic] = []
        node.create_subscription(kind, topic, received[topic].append, 5)
    assert published.wanted(lazily=True) == {"keypoints2d", "keypoints3d", "mask"}
    shown = seen(standing(), instances=np.ones((48, 64), np.uint8))
    end = time.monotonic() + 10
    while not all(received.values()) and time.monotonic() < end:
        published.publish_rest(shown, FRAME, None, lazily=True)
        rclpy.spin_once(node, timeout_sec=0.05)
    assert {
        t: len(m[0].people if t == "people" else m[0].detections) for t, m in received.items()
    } == {
        "detections2d": 1,
        "mask/detections2d": 1,
        "detections3d": 1,
        "people": 1,
    }
    published.close()
    node.destroy_node()
