# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import time

import pytest
from geometry_msgs.msg import Twist
from std_msgs.msg import Header

from thfm_ros.msg import NearestPerson
from thfm_ros.nodes.messages import stamp_message

ASKED = 0.4


class Robot:
    """Asks to drive and tells who is near, as long as it is not told otherwise."""

    def __init__(self, probe):
        self.probe = probe
        self.command = probe.node.create_publisher(Twist, "cmd_vel_in", 1)
        self.nearest = probe.node.create_publisher(NearestPerson, "/thfm/nearest_person", 1)
        probe.watch("cmd_vel", Twist)
        self.speeds = probe.received["cmd_vel"]

    def drives(self, speed, distance=3.0, age_s=0.0, commanded=True, seen=True):
        """Spin until the last five velocities are this one."""
        command = Twist()
        command.linear.x = ASKED
        self.speeds.clear()

        def done():
            if commanded:
                self.command.publish(command)
            if seen:
                stamp = stamp_message(time.time_ns() - int(age_s * 1e9))
                self.nearest.publish(NearestPerson(header=Header(stamp=stamp), distance=distance))
            last = [message.linear.x for message in self.speeds[-5:]]
            return last == [speed] * 5

        self.probe.spin_until(done, 30, f"velocities of {speed}")


@pytest.fixture(scope="module")
def robot(probe, start_example):
    start_example("stop_when_near.py")
    return Robot(probe)


def test_it_stands_before_anybody_was_looked_for(robot):
    robot.drives(0.0, seen=False)


@pytest.mark.parametrize(
    "reason",
    [
        {"distance": 1.1},
        {"distance": float("nan")},
        {"age_s": 1.5},
        {"age_s": -1.5},
        {"seen": False},
        {"commanded": False},
    ],
    ids=str,
)
def test_a_robot_that_drives_stops(robot, reason):
    robot.drives(ASKED)
    robot.drives(0.0, **reason)


def test_it_drives_where_nobody_is(robot):
    robot.drives(0.0, distance=0.5)
    robot.drives(ASKED, distance=float("inf"))
