# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recipes that act on keypoints3d: follow me, keep out, greet."""

import math
import time

import numpy as np
import pytest
from geometry_msgs.msg import Twist, Vector3
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import String

from thfm_ros.msg import Joint, Keypoints3D, Person3D


@pytest.fixture(scope="module")
def stage(probe, start_example):
    """Start the recipes; return the probe and the publisher of people."""
    for name in ("follow_me.py", "keep_out.py", "greet_waving.py"):
        start_example(name)
    publisher = probe.node.create_publisher(Keypoints3D, "/thfm/keypoints3d", 5)
    for topic, kind in (("cmd_vel", Twist), ("keep_out", PointCloud2), ("greeting", String)):
        probe.watch(topic, kind)
    probe.spin_until(lambda: publisher.get_subscription_count() == 3, what="the recipes")
    probe.spin_until(probe.watched_by_publishers, what="their topics")
    return probe, publisher


@pytest.fixture
def velocity_for(stage, people):
    """Publish persons and wait for the answer, twice: the first may be what silence made."""
    probe, publisher = stage

    def velocity_for(*persons):
        received = probe.received["cmd_vel"]
        for _ in range(2):
            received.clear()
            publisher.publish(people(*persons))
            probe.spin_until(lambda: received, 10, "a velocity")
        return received[-1]

    return velocity_for


def test_nobody_is_not_followed(velocity_for):
    assert velocity_for() == Twist()


def test_who_is_far_and_left_is_driven_and_turned_to(velocity_for, person):
    velocity = velocity_for(person((-1.0, 0.0, 2.0)))
    assert velocity.linear.x == pytest.approx(0.4)
    assert velocity.angular.z > 0.3


def test_who_is_near_is_turned_to_only(velocity_for, person):
    velocity = velocity_for(person((0.5, 0.0, 1.0)))
    assert velocity.linear.x == 0
    assert velocity.angular.z < -0.3


def test_the_leader_is_kept_while_somebody_nearer_comes_and_while_hidden(velocity_for, person):
    velocity_for()
    leader = person((0.0, 0.0, 3.0))
    velocity_for(leader)
    other = person((-1.0, 0.0, 1.2), "bert")
    assert velocity_for(other, leader).angular.z == 0
    hidden = person((0.0, 0.0, 3.0), track_state=Person3D.PREDICTED)
    assert velocity_for(other, hidden) == Twist()


def test_the_next_is_followed_when_the_leader_is_lost(velocity_for, person):
    velocity_for(person((0.0, 0.0, 3.0)))
    lost = person((0.0, 0.0, 3.0), track_state=Person3D.LOST)
    assert velocity_for(person((-1.0, 0.0, 3.0), "bert"), lost).angular.z > 0


def test_without_metres_nobody_is_followed(velocity_for, person):
    velocity_for()
    assert velocity_for(person((math.nan,) * 3)) == Twist()


def test_the_robot_stands_when_people_stop_coming(stage, velocity_for, person):
    probe, _ = stage
    velocity_for(person((0.0, 0.0, 3.0)))
    received = probe.received["cmd_vel"]
    probe.spin_until(lambda: received[-1] == Twist(), 10, "standing")


def test_personal_space_lies_around_people_and_where_they_walk(stage, person, people):
    probe, publisher = stage
    walker = person((1.0, 0.2, 4.0), velocity=Vector3(x=-1.0, y=0.0, z=0.0))
    stamp = time.time_ns()
    publisher.publish(people(walker, stamp_ns=stamp))
    cloud = probe.await_stamp("keep_out", stamp)
    assert cloud.header.frame_id == "camera_optical_frame"
    points = np.frombuffer(bytes(cloud.data), "<f4").reshape(-1, 3)
    assert len(points) == cloud.width
    low, high = points.min(0), points.max(0)
    assert low == pytest.approx([-0.8, 0.2, 3.2], abs=0.06)
    assert high == pytest.approx([1.8, 0.2, 4.8], abs=0.06)


def test_nobody_has_no_personal_space(stage, people, person):
    probe, publisher = stage
    stamp = time.time_ns()
    publisher.publish(people(person((math.nan,) * 3), stamp_ns=stamp))
    assert probe.await_stamp("keep_out", stamp).width == 0


def arm(height, right):
    """The relative positions of somebody whose right wrist is so high over the shoulder."""
    x, y = np.zeros(33, np.float32), np.zeros(33, np.float32)
    x[Joint.RIGHT_WRIST], y[Joint.RIGHT_WRIST] = right, -height
    return {"relative_x": x, "relative_y": y}


@pytest.mark.parametrize(
    ("id_", "height", "swing", "greetings"),
    [("hand", -0.2, 0.15, 0), ("still", 0.3, 0.02, 0), ("waves", 0.3, 0.15, 1)],
)
def test_who_waves_is_greeted_once(stage, people, person, id_, height, swing, greetings):
    probe, publisher = stage
    start = time.time_ns()
    for k in range(40):
        right = swing * math.sin(2 * math.pi * k / 8)
        stamp = start + k * 62_500_000
        publisher.publish(people(person(id_=id_, **arm(height, right)), stamp_ns=stamp))
        probe.await_stamp("keep_out", stamp)
    said = [m.data for m in probe.received["greeting"]]
    assert said.count(f"hello {id_}") == greetings
