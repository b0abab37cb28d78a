# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras that misbehave, over real DDS: the node lives on and says what happened."""

import math
import sys
import time

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image

from thfm_ros.msg import DepthInfo, InferenceStats, Keypoints2D, NearestPerson

MS = 1_000_000
PERIOD_NS = 33 * MS


@pytest.fixture(scope="module")
def running(probe, start_perception):
    process = start_perception()
    for topic, kind in {
        "keypoints2d": Keypoints2D,
        "stats": InferenceStats,
        "mask/image": Image,
        "nearest_person": NearestPerson,
        "depth/info": DepthInfo,
    }.items():
        probe.watch(f"/thfm/{topic}", kind)
    probe.watch("/diagnostics", DiagnosticArray)
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    probe.spin_until(probe.watched_by_publishers, what="the publishers")
    time.sleep(0.5)
    probe.process = process
    return probe


def fresh(probe):
    """A stamp of about now, later than every one before."""
    probe.latest = max(time.time_ns(), getattr(probe, "latest", 0) + PERIOD_NS)
    return probe.latest


def answer(probe, stamp, **how):
    """Publish an image; return its stats."""
    probe.publish(stamp, **how)
    return probe.await_stamp("/thfm/stats", stamp)


def values_of(probe, part):
    """The newest diagnostics of a part, as a dictionary."""
    for array in reversed(probe.received["/diagnostics"]):
        for status in array.status:
            if status.name.endswith(f": {part}"):
                return {pair.key: pair.value for pair in status.values}
    return {}


@pytest.mark.fault("F02")
@pytest.mark.parametrize(
    ("reliability", "durability"),
    [
        (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE),
        (ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE),
        (ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL),
    ],
)
def test_a_camera_of_any_quality_of_service_is_heard(running, reliability, durability):
    profile = QoSProfile(depth=5, reliability=reliability, durability=durability)
    usual = running.images
    running.images = running.node.create_publisher(Image, "/camera/image", profile)
    try:
        running.spin_until(lambda: running.images.get_subscription_count(), what="the match")
        time.sleep(0.3)
        answer(running, fresh(running))
    finally:
        running.node.destroy_publisher(running.images)
        running.images = usual


@pytest.mark.fault("F05")
def test_the_encoding_changes_in_mid_stream(running):
    grey = np.full((120, 160), 90, np.uint8)
    for encoding, channels in (("rgb8", 3), ("mono8", 1), ("bgra8", 4), ("rgb8", 3)):
        data = np.repeat(grey[..., None], channels, -1).tobytes()
        stamp = fresh(running)
        answer(running, stamp, encoding=encoding, step=160 * channels, data=data)


@pytest.mark.fault("F10")
def test_without_camera_info_there_are_no_metres_and_diagnostics_say_so(running):
    stamp = fresh(running)
    answer(running, stamp)
    info = running.await_stamp("/thfm/depth/info", stamp)
    assert info.kind == DepthInfo.AFFINE_INVARIANT
    assert math.isnan(info.scale)
    running.spin_until(
        lambda: values_of(running, "input").get("camera_info") == "none received",
        what="the reason",
    )


@pytest.mark.fault("F17")
def test_with_a_third_of_the_frames_missing_labels_stay_with_their_frames(running):
    random = np.random.default_rng(0)
    time.sleep(0.6)
    begin = fresh(running)
    kept = [index for index in range(30) if random.random() > 0.3]
    before = len(running.received["/thfm/stats"])
    for index in kept:
        running.publish(begin + index * PERIOD_NS)
        time.sleep(0.03)
    last = running.latest = begin + kept[-1] * PERIOD_NS
    running.await_stamp("/thfm/stats", last)
    published = {begin + index * PERIOD_NS for index in kept}
    for stats in running.received["/thfm/stats"][before:]:
        stamp = stats.header.stamp.sec * 10**9 + stats.header.stamp.nanosec
        first = stats.window_first.sec * 10**9 + stats.window_first.nanosec
        assert stamp in published
        assert first in published
        assert first <= stamp


@pytest.mark.fault("F18")
def test_a_burst_is_bounded_and_its_newest_frame_is_answered(running):
    begin = fresh(running)
    for index in range(100):
        running.publish(begin + index * MS)
    running.latest = begin + 99 * MS
    stats = running.await_stamp("/thfm/stats", running.latest)
    assert stats.queue_ms < 5000


@pytest.mark.fault("F22")
def test_a_camera_that_restarts_with_another_size_and_frame(running):
    answer(running, fresh(running))
    stamp = fresh(running)
    message = image_of((200, 100), stamp, "other_optical_frame")
    running.images.publish(message)
    stats = running.await_stamp("/thfm/stats", stamp)
    assert stats.header.frame_id == "other_optical_frame"
    assert stats.frames_used == 1
    mask = running.await_stamp("/thfm/mask/image", stamp)
    assert (mask.width, mask.height) == (200, 100)


@pytest.mark.fault("F16")
def test_an_empty_frame_is_passed_on_and_warned_of(running):
    stamp = fresh(running)
    running.images.publish(image_of((160, 120), stamp, ""))
    assert running.await_stamp("/thfm/stats", stamp).header.frame_id == ""
    assert "has no frame_id: set frame_id_override" in running.process.text()


@pytest.mark.fault("F27")
def test_stamps_from_the_future_and_a_jump_forward(running):
    for ahead_s in (30, 3600):
        stats = answer(running, fresh(running) + ahead_s * 10**9)
        assert stats.frames_used == 1
        assert math.isnan(stats.age_ms)
    answer(running, fresh(running))


@pytest.mark.fault("F20")
def test_one_frame_a_second_is_answered_frame_by_frame(running):
    for _ in range(3):
        time.sleep(1.0)
        stats = answer(running, fresh(running))
        assert (stats.frames_used, stats.frames_padded) == (1, 4)


@pytest.mark.fault("F31")
@pytest.mark.parametrize("value", [0, 255, None], ids=["black", "white", "noise"])
def test_a_picture_of_nothing_gets_no_metres(running, value):
    stamp = fresh(running)
    shown = {} if value is None else {"data": np.full((120, 160, 3), value, np.uint8).tobytes()}
    answer(running, stamp, **shown)
    assert running.await_stamp("/thfm/depth/info", stamp).kind != DepthInfo.METRIC
    nearest = running.await_stamp("/thfm/nearest_person", stamp)
    assert not math.isfinite(nearest.distance)


@pytest.mark.fault("F11")
@pytest.mark.parametrize("durability", list(DurabilityPolicy)[1:3], ids=str)
def test_camera_info_may_come_late_and_once(running, durability):
    profile = QoSProfile(depth=1, durability=durability, reliability=ReliabilityPolicy.RELIABLE)
    infos = running.node.create_publisher(CameraInfo, "/camera/camera_info", profile)
    running.spin_until(lambda: infos.get_subscription_count(), what="the subscription")
    time.sleep(0.3)
    info = CameraInfo(width=160, height=120, k=[150.0, 0, 79.5, 0, 150.0, 59.5, 0, 0, 1.0])
    info.header.frame_id = "another_frame"
    infos.publish(info)
    used = "used, from /camera/camera_info"

    def publish_and_look():
        running.publish(fresh(running))
        return values_of(running, "input").get("camera_info") == used

    running.spin_until(publish_and_look, what="camera_info in use")
    running.node.destroy_publisher(infos)


@pytest.mark.fault("F15")
def test_an_info_of_another_frame_is_warned_of(running):
    assert "its camera_info in 'another_frame'" in running.process.text()


@pytest.mark.fault("F55")
def test_a_camera_that_dies_in_mid_stream_is_followed_by_the_next_one(running, process, tmp_path):
    camera = [sys.executable, "-m", "thfm_ros.nodes.replay_node", "--ros-args"]
    camera += ["-r", "image:=/camera/image", "-p", f"source:={pictures(tmp_path)}"]
    for _ in range(2):
        count = len(running.received["/thfm/stats"])
        started = process([*camera, "-p", "loop:=true"], tmp_path / "camera.log")
        running.spin_until(
            lambda count=count: len(running.received["/thfm/stats"]) > count + 2, what="results"
        )
        started.popen.kill()
        started.popen.wait()
    answer(running, fresh(running))


def pictures(folder):
    for index in range(20):
        noise = np.random.default_rng(index).integers(0, 256, (240, 320, 3), np.uint8)
        cv2.imwrite(str(folder / f"{index:03d}.png"), noise)
    return folder


@pytest.mark.fault("F45")
def test_a_subscriber_that_never_reads_does_not_hold_up_the_node(running):
    deaf = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
    lazy = running.node.create_subscription(Image, "/thfm/mask/image", lambda message: None, deaf)
    begin = fresh(running)
    for index in range(30):
        running.publish(begin + index * PERIOD_NS)
        time.sleep(0.033)
    running.latest = begin + 29 * PERIOD_NS
    stats = running.await_stamp("/thfm/stats", running.latest)
    assert stats.publish_ms < 100
    running.node.destroy_subscription(lazy)


def image_of(size, stamp, frame_id):
    from std_msgs.msg import Header

    from thfm_ros.nodes.images import image_message
    from thfm_ros.nodes.messages import stamp_message

    header = Header(stamp=stamp_message(stamp), frame_id=frame_id)
    return image_message(header, np.zeros((size[1], size[0], 3), np.uint8), "rgb8")
