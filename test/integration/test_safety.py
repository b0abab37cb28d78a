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
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from std_msgs.msg import Header

from thfm_ros.msg import InferenceStats, NearestPerson
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message

SIZE = (1280, 720)
LENS = [-0.45, 0.05, 0.0006, -0.0004, 0.0]
"""It folds inside the picture, where rays of all pixels cost most."""
PERIOD_S = 0.1
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.fixture(scope="module")
def running(probe, start_perception):
    start_perception("-p", "stale_timeout_s:=1.0")
    probe.watch("/thfm/nearest_person", NearestPerson)
    probe.watch("/diagnostics", DiagnosticArray)
    info = CameraInfo(width=SIZE[0], height=SIZE[1], distortion_model="plumb_bob", d=LENS)
    info.k = [600.0, 0, 639.5, 0, 600.0, 359.5, 0, 0, 1.0]
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


class Camera:
    """A camera of the test's own on /other, and what the node says of its camera_info."""

    def __init__(self, probe, latched=False):
        self._probe = probe
        self.images = probe.node.create_publisher(Image, "/other/image", 10)
        profile = LATCHED if latched else 10
        self.infos = probe.node.create_publisher(CameraInfo, "/other/camera_info", profile)

    def end(self):
        self._probe.node.destroy_publisher(self.images)
        self._probe.node.destroy_publisher(self.infos)

    def say(self, info):
        """Publish an image, and camera_info if it is to be; return what diagnostics say of it."""
        stamp = time.time_ns()
        if info:
            k = [50.0, 0, 32, 0, 50.0, 24, 0, 0, 1]
            self.infos.publish(CameraInfo(width=64, height=48, k=k))
        header = Header(stamp=stamp_message(stamp))
        self.images.publish(image_message(header, np.zeros((48, 64, 3), np.uint8), "rgb8"))
        time.sleep(0.05)
        for array in reversed(self._probe.received["/diagnostics"]):
            for one in array.status:
                if one.name == "/other/other: input":
                    return {pair.key: pair.value for pair in one.values}["camera_info"]
        return ""


@pytest.fixture(scope="module")
def other_node(probe, start):
    names = ["-r", "__ns:=/other", "-r", "__node:=other", "-r", "image:=/other/image"]
    small = ["-p", "checkpoint:=random", "-p", "network.width:=64", "-p", "network.height:=48"]
    process = start("perception_node", *names, *small, "-p", "publish_lazily:=false")
    probe.watch("/diagnostics", DiagnosticArray)
    return process


@pytest.mark.fault("F93")
def test_a_camera_that_goes_on_without_camera_info_loses_its_k(probe, other_node):
    """Issue 27.9: the old K was used for whatever came later."""
    camera = Camera(probe)
    probe.spin_until(lambda: camera.say(info=True).startswith("used"), what="camera_info in use")
    probe.spin_until(lambda: "has stopped" in camera.say(info=False), what="the end of the old K")
    camera.end()
    assert "incompatible" not in other_node.text()


@pytest.mark.fault("F93")
@pytest.mark.parametrize("told_once", [True, False], ids=["told once", "told with every image"])
def test_a_camera_that_is_replaced_by_one_without_camera_info_loses_its_k(
    probe, other_node, told_once
):
    """Issue 27.9: another camera's images were measured with the old one's K."""
    old = Camera(probe, latched=told_once)
    old.say(info=True)
    probe.spin_until(
        lambda: old.say(info=not told_once).startswith("used"), what="camera_info in use"
    )
    if told_once:
        # One that told once, when it started, is still believed.
        end = time.monotonic() + 4
        while time.monotonic() < end:
            assert old.say(info=False).startswith("used")
            rclpy.spin_once(probe.node, timeout_sec=0.01)
    # The new one is there before the old one leaves, offers camera_info, and never tells it.
    new = Camera(probe, latched=told_once)
    old.end()
    probe.spin_until(lambda: "has stopped" in new.say(info=False), what="the end of the old K")
    # What it tells later is used.
    probe.spin_until(lambda: new.say(info=True).startswith("used"), what="the new K")
    new.end()
    assert "incompatible" not in other_node.text()
