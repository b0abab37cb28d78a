#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Record a camera into a bag, and evaluate what thfm_ros makes of it.

python3 record_bag.py walk --ros-args -r image:=/camera/color/image_raw
thfm evaluate bag walk --html walk.html

With ROS 2 installed, `ros2 bag record -o walk -s mcap TOPIC TOPIC` does the same, and more.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore
from sensor_msgs.msg import CameraInfo, Image

TYPES = get_typestore(Stores.ROS2_JAZZY)


class RecordBag(Node):
    def __init__(self, writer):
        super().__init__("record_bag")
        self.writer = writer
        image = self.resolve_topic_name("image")
        self.record(image, Image, "sensor_msgs/msg/Image")
        info = f"{image.rpartition('/')[0]}/camera_info"
        self.record(info, CameraInfo, "sensor_msgs/msg/CameraInfo")

    def record(self, topic, kind, name):
        connection = self.writer.add_connection(topic, name, typestore=TYPES)

        def write(data):
            self.writer.write(connection, time.time_ns(), data)

        # Raw: the bytes go into the bag as they came.
        self.create_subscription(kind, topic, write, qos_profile_sensor_data, raw=True)


if __name__ == "__main__":
    rclpy.init()
    bag = Path(sys.argv[1])
    with (
        Writer(bag, version=9, storage_plugin=StoragePlugin.MCAP) as writer,
        suppress(KeyboardInterrupt, ExternalShutdownException),
    ):
        rclpy.spin(RecordBag(writer))
    print(f"{bag} is complete")
