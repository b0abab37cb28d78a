# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a robot's safety rests on: nothing goes silent unnoticed, over real DDS."""

import time

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import CameraInfo, PointCloud2

from thfm_ros.msg import InferenceStats, NearestPerson

SIZE = (1280, 720)
LENS = [-0.33, 0.11, 0.0006, -0.0004, -0.0177]
PERIOD_S = 0.1


@pytest.fixture(scope="module")
def running(probe, start_perception):
    start_perception("-p", "stale_timeout_s:=1.0")
    probe.watch("/thfm/nearest_person", NearestPerson)
    probe.watch("/diagnostics", DiagnosticArray)
    info = CameraInfo(width=SIZE[0], height=SIZE[1], distortion_model="plumb_bob", d=LENS)
    info.k = [900.0, 0, 639.5, 0, 900.0, 359.5, 0, 0, 1.0]
    info.header.frame_id = "camera_optical_frame"
    infos = probe.node.create_publisher(CameraInfo, "/camera/camera_info", 10)
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    probe.spin_until(probe.watched_by_publishers, what="the publishers")
    time.sleep(0.5)
    probe.next, probe.seconds = 0.0, []

    def play(**changes):
        """One image every PERIOD_S, with its camera_info; call it while spinning."""
        if time.monotonic() < probe.next:
            return
        probe.next = time.monotonic() + PERIOD_S
        infos.publish(info)
        probe.publish(time.time_ns(), SIZE, **changes)

    probe.play = play
    return probe


def play_until(probe, condition, timeout_s=60, **changes):
    def step():
        probe.play(**changes)
        return condition()

    return probe.spin_until(step, timeout_s)


def status(probe, part):
    """The newest diagnostics of a part."""
    for array in reversed(probe.received["/diagnostics"]):
        for one in array.status:
            if one.name.endswith(f": {part}"):
                return one
    return DiagnosticStatus()


def people(probe):
    """What diagnostics say of how many are there, "" = nothing."""
    values = {pair.key: pair.value for pair in status(probe, "scene").values}
    return values.get("people", "")


def count(probe, topic):
    return len(probe.received[topic])


@pytest.mark.fault("F90")
def test_a_first_subscriber_to_points_silences_nobody(running):
    """Issue 27.1: nothing came for 29 s."""
    play_until(running, lambda: count(running, "/thfm/nearest_person") > 10)
    running.watch("/thfm/points", PointCloud2)
    longest, last, before = 0.0, time.monotonic(), count(running, "/thfm/nearest_person")
    end = last + 6
    while time.monotonic() < end:
        running.play()
        rclpy.spin_once(running.node, timeout_sec=0.01)
        if count(running, "/thfm/nearest_person") > before:
            before = count(running, "/thfm/nearest_person")
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert max(longest, time.monotonic() - last) < 1.5


@pytest.mark.fault("F04", "F90")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"encoding": "nonsense"}, "encoding is 'nonsense'"),
        ({"step": 7}, "step is 7"),
    ],
    ids=["encoding", "step"],
)
def test_images_that_are_all_refused_are_an_error_in_every_part(running, changes, reason):
    """Issue 27.2: level 0, "images arrive", and the people of minutes ago."""
    play_until(running, lambda: people(running) not in ("", "unknown"))
    play_until(running, lambda: status(running, "input").level == DiagnosticStatus.ERROR, **changes)
    found = status(running, "input")
    assert "was refused" in found.message
    assert reason in found.message
    values = {pair.key: pair.value for pair in found.values}
    assert values["camera_info"] == "used, from /camera/camera_info"
    play_until(running, lambda: status(running, "scene").level == DiagnosticStatus.ERROR, **changes)
    assert people(running) == "unknown"


def test_a_subscriber_to_stats_alone_gets_results(probe, start_perception):
    """Issue 27.9: `stats` alone was silent."""
    start_perception("-r", "stats:=/alone/stats", "-r", "__node:=alone")
    probe.watch("/alone/stats", InferenceStats)
    probe.spin_until(lambda: probe.node.count_publishers("/alone/stats"), what="the publisher")

    def step():
        probe.publish(time.time_ns())
        return probe.received["/alone/stats"]

    probe.spin_until(step, what="stats")
