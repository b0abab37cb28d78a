# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every topic of a running perception_node, and its life with bad images."""

import time

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import Image

from thfm_ros import skeleton
from thfm_ros.msg import DepthInfo, InferenceStats, Keypoints2D, Keypoints3D, SkeletonInfo
from thfm_ros.nodes.images import array_from_image

LATCHED_TOPIC = "/thfm/skeleton_info"
MAPS = {
    "/thfm/depth_relative/image": "32FC1",
    "/thfm/normals/image": "32FC3",
    "/thfm/mask/image": "mono8",
    "/thfm/dense_pose/image": "32FC3",
    "/thfm/overlay/image": "rgb8",
}
OTHERS = {
    "/thfm/keypoints2d": Keypoints2D,
    "/thfm/keypoints3d": Keypoints3D,
    "/thfm/depth/info": DepthInfo,
    "/thfm/stats": InferenceStats,
}
MS = 1_000_000


@pytest.fixture(scope="module")
def running(probe, start_perception):
    """A probe that subscribes everything of an active perception_node."""
    from rclpy.qos import DurabilityPolicy, QoSProfile

    start_perception()
    for topic in MAPS:
        probe.watch(topic, Image)
    for topic, kind in OTHERS.items():
        probe.watch(topic, kind)
    probe.watch("/diagnostics", DiagnosticArray)
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    probe.watch(LATCHED_TOPIC, SkeletonInfo, latched)
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    probe.spin_until(probe.watched_by_publishers, what="the publishers")
    time.sleep(0.5)
    return probe


def diagnostic(probe, part, condition=lambda status: True, timeout_s=20):
    def find():
        for array in probe.received["/diagnostics"]:
            for status in array.status:
                if status.name.endswith(f": {part}") and condition(status):
                    return status
        return None

    probe.received["/diagnostics"].clear()
    return probe.spin_until(find, timeout_s, f"diagnostics of {part}")


def test_every_topic_carries_the_header_of_the_image(running):
    stamp = time.time_ns()
    running.publish(stamp)
    for topic in (*MAPS, *OTHERS):
        message = running.await_stamp(topic, stamp)
        assert message.header.frame_id == "camera_optical_frame"
    for topic, encoding in MAPS.items():
        message = running.await_stamp(topic, stamp)
        assert (message.encoding, message.width, message.height) == (encoding, 160, 120)
        array_from_image(message)


def test_the_skeleton_is_latched(running):
    running.spin_until(lambda: running.received[LATCHED_TOPIC], what="skeleton_info")
    info = running.received[LATCHED_TOPIC][-1]
    assert info.name == skeleton.NAME
    assert tuple(info.joint_names) == skeleton.LANDMARKS


def test_stats_say_what_it_cost(running):
    stamp = time.time_ns()
    running.publish(stamp)
    stats = running.await_stamp("/thfm/stats", stamp)
    assert stats.inference_ms > 0
    assert stats.backend
    assert stats.age_ms >= stats.inference_ms
    assert stats.frames_received >= 1


@pytest.mark.fault("F04", "F08")
@pytest.mark.parametrize(
    "changes",
    [
        {"encoding": "32FC1"},
        {"encoding": ""},
        {"width": 0},
        {"height": 0},
        {"step": 1},
        {"width": 2**31},
        {"height": 119},
    ],
    ids=str,
)
def test_a_bad_image_is_refused_and_the_next_good_one_works(running, changes):
    stamp = time.time_ns()
    running.publish(stamp, **changes)
    running.publish(stamp + 33 * MS)
    running.await_stamp("/thfm/keypoints2d", stamp + 33 * MS)
    stamps = [m.header.stamp.nanosec for m in running.received["/thfm/keypoints2d"]]
    assert stamp % 10**9 not in stamps


@pytest.mark.fault("F23", "F24")
def test_refusals_are_counted_by_reason(running):
    now = time.time_ns()
    running.publish(now)
    running.await_stamp("/thfm/stats", now)
    running.publish(now)
    running.publish(now - 10 * MS)
    running.publish(0)
    running.publish(now + 33 * MS, encoding="nonsense")
    wanted = {
        "dropped: duplicate stamp",
        "dropped: late",
        "dropped: without stamp",
        "dropped: malformed",
    }
    diagnostic(running, "input", lambda status: wanted <= {pair.key for pair in status.values})


@pytest.mark.fault("F06")
def test_size_changes_in_mid_stream(running):
    for size in ((160, 120), (64, 200), (320, 240)):
        stamp = time.time_ns()
        running.publish(stamp, size)
        message = running.await_stamp("/thfm/normals/image", stamp)
        assert (message.width, message.height) == size


@pytest.mark.fault("F26")
def test_stamps_that_jump_back_start_the_stream_anew(running):
    now = time.time_ns()
    running.publish(now)
    running.await_stamp("/thfm/stats", now)
    earlier = now - 60 * 10**9
    running.publish(earlier)
    stats = running.await_stamp("/thfm/stats", earlier)
    assert stats.frames_used == 1


def test_random_weights_are_announced(running):
    status = diagnostic(running, "model")
    assert status.level == DiagnosticStatus.WARN
    assert "untrained weights" in status.message
    stamp = time.time_ns()
    running.publish(stamp)
    overlay = array_from_image(running.await_stamp("/thfm/overlay/image", stamp))
    assert (np.abs(overlay[0].astype(int) - (200, 30, 30)) < 5).all()


@pytest.mark.fault("F01")
def test_silence_is_explained(running):
    status = diagnostic(running, "input", lambda s: s.level == DiagnosticStatus.ERROR)
    assert "no images on /camera/image for" in status.message


@pytest.mark.fault("F21")
def test_images_again_after_silence(running):
    def publish_and_look(status):
        running.publish(time.time_ns())
        return status.level != DiagnosticStatus.ERROR

    diagnostic(running, "input", publish_and_look)
