#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Let velocity commands through only while nobody is nearer than 1.2 m.

python3 stop_when_near.py --ros-args -r cmd_vel_in:=/nav/cmd_vel -r cmd_vel:=/base/cmd_vel

It stops, too, while a distance is unknown, and while either input is old or silent.
"""

from contextlib import suppress

import rclpy
from geometry_msgs.msg import Twist
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.time import Time

from thfm_ros.msg import NearestPerson


class StopWhenNear(Node):
    def __init__(self):
        super().__init__("stop_when_near")
        self.limit_m = self.declare_parameter("limit_m", 1.2).value
        self.person_timeout_s = self.declare_parameter("person_timeout_s", 1.0).value
        self.command_timeout_s = self.declare_parameter("command_timeout_s", 0.5).value
        # Until messages come: nobody knows who is near, and nobody asks to drive.
        self.nearest, self.command = NearestPerson(), Twist()
        self.commanded_at = self.get_clock().now()
        self.output = self.create_publisher(Twist, "cmd_vel", 1)
        self.create_subscription(NearestPerson, "/thfm/nearest_person", self.on_nearest, 1)
        self.create_subscription(Twist, "cmd_vel_in", self.on_command, 1)
        self.create_timer(0.05, self.publish)

    def on_nearest(self, nearest):
        self.nearest = nearest

    def on_command(self, command):
        self.command, self.commanded_at = command, self.get_clock().now()

    def publish(self):
        self.output.publish(self.command if self.may_drive() else Twist())

    def may_drive(self):
        # The age of the picture, not of the message: a slow result is an old one.
        picture_age_s = self.age_s(Time.from_msg(self.nearest.header.stamp))
        fresh = abs(picture_age_s) <= self.person_timeout_s
        wanted = self.age_s(self.commanded_at) <= self.command_timeout_s
        # Unknown is NaN, and every comparison with it is false: never test for "too near".
        return fresh and wanted and self.nearest.distance >= self.limit_m

    def age_s(self, moment):
        return (self.get_clock().now() - moment).nanoseconds / 1e9


if __name__ == "__main__":
    rclpy.init()
    with suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(StopWhenNear())
