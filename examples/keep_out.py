#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Personal space as points for a costmap: a disc around each person, and where they walk to.

python3 keep_out.py      # publishes keep_out; nav2_people.yaml has the layer that marks it
"""

import math
from contextlib import suppress

import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from sensor_msgs.msg import PointCloud2, PointField

from thfm_ros.msg import Keypoints3D, Person3D

FIELDS = [
    PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
    for i, name in enumerate("xyz")
]


class KeepOut(Node):
    def __init__(self):
        super().__init__("keep_out")
        radius_m = self.declare_parameter("radius_m", 0.8).value
        self.ahead_s = self.declare_parameter("ahead_s", 1.0).value
        steps = np.arange(-radius_m, radius_m + 0.01, 0.05, dtype=np.float32)
        x, z = (axis.ravel() for axis in np.meshgrid(steps, steps))
        # Level where the camera looks level: x and z of the optical frame lie in the floor's plane.
        self.disc = np.stack((x, 0 * x, z), -1)[np.hypot(x, z) <= radius_m]
        self.output = self.create_publisher(PointCloud2, "keep_out", 1)
        self.create_subscription(Keypoints3D, "/thfm/keypoints3d", self.on_people, 1)

    def on_people(self, message):
        discs = [np.empty((0, 3), np.float32)]
        for person in message.persons:
            root, v = person.root, person.velocity
            if person.track_state == Person3D.LOST or not math.isfinite(root.z):
                continue
            walk = np.nan_to_num([v.x, v.y, v.z]) * self.ahead_s
            for share in (0.0, 0.5, 1.0):
                discs.append(self.disc + np.float32([root.x, root.y, root.z] + share * walk))
        points = np.concatenate(discs)
        cloud = PointCloud2(header=message.header, height=1, width=len(points), fields=FIELDS)
        cloud.point_step, cloud.row_step, cloud.is_dense = 12, 12 * len(points), True
        cloud.data = points.astype("<f4").tobytes()
        self.output.publish(cloud)


if __name__ == "__main__":
    rclpy.init()
    with suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(KeepOut())
