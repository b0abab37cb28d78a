#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Follow one person at 1.5 m: whoever is nearest at first, until they are lost.

python3 follow_me.py --ros-args -r cmd_vel:=cmd_vel_in     # and stop_when_near.py behind it

For a camera that looks forward. Without a fresh sight of that person the robot stands.
"""

import math
from contextlib import suppress

import rclpy
from geometry_msgs.msg import Twist
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from thfm_ros.msg import Keypoints3D, Person3D


class FollowMe(Node):
    def __init__(self):
        super().__init__("follow_me")
        self.keep_m = self.declare_parameter("keep_m", 1.5).value
        self.speed = self.declare_parameter("max_speed", 0.5).value
        self.turn = self.declare_parameter("max_turn", 0.8).value
        self.leader = ""
        self.output = self.create_publisher(Twist, "cmd_vel", 1)
        self.create_subscription(Keypoints3D, "/thfm/keypoints3d", self.on_people, 1)
        self.silence = self.create_timer(1.0, lambda: self.output.publish(Twist()))

    def on_people(self, message):
        self.silence.reset()
        # Whoever is hidden at the moment is waited for; persons are sorted, the nearest first.
        known = {p.id: p for p in message.persons if p.track_state != Person3D.LOST}
        seen = [p for p in known.values() if p.track_state != Person3D.PREDICTED]
        people = {p.id: p for p in seen if math.isfinite(p.root.z)}
        if self.leader not in known:
            self.leader = next(iter(people), "")
        command = Twist()
        if self.leader in people:
            root = people[self.leader].root
            # Optical frame: x right, z forward. A robot's positive turn is to the left (REP-103).
            command.angular.z = clamp(-1.5 * math.atan2(root.x, root.z), self.turn)
            command.linear.x = max(0.0, clamp(0.8 * (root.z - self.keep_m), self.speed))
        self.output.publish(command)


def clamp(value, limit):
    return max(-limit, min(limit, value))


if __name__ == "__main__":
    rclpy.init()
    with suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(FollowMe())
