# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a robot's safety rests on: nothing goes silent unnoticed, over real DDS."""

import math
import signal
import time

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.duration import Duration
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from thfm_ros.msg import InferenceStats, NearestPerson
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message

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


@pytest.mark.fault("F92")
def test_without_results_nearest_person_says_that_nothing_is_known(probe, start_perception):
    """Issue 27.7: whoever listened heard nothing, and did not know whether that was good."""
    remap = ["-r", "nearest_person:=/beat/nearest", "-r", "image:=/nobody/image"]
    process = start_perception(*remap, "-r", "__node:=beat", "-p", "heartbeat_s:=0.2")
    missed = []
    wanted = QoSProfile(depth=10, deadline=Duration(seconds=1.0))
    heard = probe.received.setdefault("/beat/nearest", [])
    events = SubscriptionEventCallbacks(deadline=missed.append)
    probe.node.create_subscription(
        NearestPerson, "/beat/nearest", heard.append, wanted, event_callbacks=events
    )
    probe.spin_until(lambda: len(heard) > 5, what="the heartbeat")
    assert {message.state for message in heard} == {NearestPerson.UNKNOWN}
    assert all(math.isnan(message.distance) for message in heard)
    assert "no image for" in heard[-1].reason
    # A node that hangs, or a network that is gone, is told by the deadline.
    missed.clear()
    process.popen.send_signal(signal.SIGSTOP)
    try:
        probe.spin_until(lambda: missed, timeout_s=20, what="the deadline")
    finally:
        process.popen.send_signal(signal.SIGCONT)


@pytest.mark.fault("F93")
def test_a_camera_that_is_replaced_by_one_without_camera_info_loses_its_k(probe, start):
    """Issue 27.9: another camera's images were measured with the old one's K."""
    names = ["-r", "__ns:=/other", "-r", "__node:=other", "-r", "image:=/other/image"]
    small = ["-p", "checkpoint:=random", "-p", "network.width:=64", "-p", "network.height:=48"]
    process = start("perception_node", *names, *small, "-p", "publish_lazily:=false")
    probe.watch("/diagnostics", DiagnosticArray)
    images = probe.node.create_publisher(Image, "/other/image", 10)
    infos = probe.node.create_publisher(CameraInfo, "/other/camera_info", 10)
    probe.spin_until(images.get_subscription_count, what="the subscription")

    def say(*publishers):
        stamp = time.time_ns()
        message = image_message(
            Header(stamp=stamp_message(stamp)), np.zeros((48, 64, 3), np.uint8), "rgb8"
        )
        for publisher in publishers:
            known = CameraInfo(width=64, height=48, k=[50.0, 0, 32, 0, 50.0, 24, 0, 0, 1])
            publisher.publish(message if publisher is images else known)
        time.sleep(0.05)
        values = other_input(probe)
        return values.get("camera_info", "")

    probe.spin_until(lambda: say(infos, images).startswith("used"), what="camera_info in use")
    probe.spin_until(lambda: "has stopped" in say(images), what="the old K is not used any more")
    assert "incompatible" not in process.text()


def other_input(probe):
    for array in reversed(probe.received["/diagnostics"]):
        for one in array.status:
            if one.name == "/other/other: input":
                return {pair.key: pair.value for pair in one.values}
    return {}
