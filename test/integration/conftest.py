# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real processes and a probe node that watches them over DDS."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import rclpy
from lifecycle_msgs.srv import GetState
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message

RELIABLE = QoSProfile(depth=100, reliability=ReliabilityPolicy.RELIABLE)
LATCHED = QoSProfile(
    depth=1,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
# Random weights answer in milliseconds and always alike: what is tested is the node.
SMALL = [
    *("-p", "checkpoint:=random"),
    *("-p", "network.width:=64", "-p", "network.height:=48"),
]


class Process:
    """A node in a process of its own."""

    def __init__(self, command, log, variables=os.environ):
        self.log = log
        self.popen = subprocess.Popen(
            command,
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
            # A background job would hand its ignored SIGINT down to us.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            env=dict(variables, OMP_NUM_THREADS="1"),
        )

    def end(self, with_signal=signal.SIGTERM, timeout_s=10):
        """Send a signal; return the exit status."""
        if self.popen.poll() is None:
            self.popen.send_signal(with_signal)
        return self.popen.wait(timeout_s)

    def text(self):
        return self.log.read_text()


class Probe:
    """A node of the test's own: publishes images, keeps what it receives by topic."""

    def __init__(self):
        self.node = rclpy.create_node("probe")
        self.received = {}
        self.images = self.node.create_publisher(Image, "/camera/image", RELIABLE)

    def watch(self, topic, kind, profile=RELIABLE):
        messages = self.received.setdefault(topic, [])
        self.node.create_subscription(kind, topic, messages.append, profile)

    def watched_by_publishers(self):
        return all(self.node.count_publishers(topic) for topic in self.received)

    def spin_until(self, condition, timeout_s=120, what="the condition"):
        end = time.monotonic() + timeout_s
        while not (result := condition()):
            assert time.monotonic() < end, f"waited {timeout_s} s for {what}"
            rclpy.spin_once(self.node, timeout_sec=0.05)
        return result

    def publish(self, stamp_ns, size=(160, 120), value=None, **changes):
        """Publish an image of noise (or of one value), with fields changed as asked."""
        shape = (size[1], size[0], 3)
        random = np.random.default_rng(stamp_ns % 1000)
        image = random.integers(0, 256, shape, np.uint8)
        header = Header(stamp=stamp_message(stamp_ns), frame_id="camera_optical_frame")
        message = image_message(header, image, "rgb8")
        for field, changed in changes.items():
            setattr(message, field, changed)
        self.images.publish(message)

    def await_stamp(self, topic, stamp_ns, timeout_s=60):
        """Spin until a message of this stamp came on topic; return it."""

        def find():
            for message in self.received[topic]:
                stamp = message.header.stamp
                if stamp.sec * 10**9 + stamp.nanosec == stamp_ns:
                    return message
            return None

        return self.spin_until(find, timeout_s, f"stamp {stamp_ns} on {topic}")

    def state_of(self, node):
        client = self.node.create_client(GetState, f"{node}/get_state")
        assert client.wait_for_service(30)
        return self.call(client, GetState.Request()).current_state.label

    def call(self, client, request):
        future = client.call_async(request)
        rclpy.spin_until_future_complete(self.node, future, timeout_sec=120)
        return future.result()


@pytest.fixture(scope="module")
def probe():
    rclpy.init()
    probe = Probe()
    yield probe
    probe.node.destroy_node()
    rclpy.try_shutdown()


@pytest.fixture(scope="module")
def process():
    """Start processes; those still running at the end must end cleanly."""
    processes = []

    def process(command, log, variables=os.environ):
        processes.append(Process(command, log, variables))
        return processes[-1]

    yield process
    for started in processes:
        started.end()
        assert "Traceback" not in started.text(), started.text()


@pytest.fixture(scope="module")
def start(process, tmp_path_factory):
    """Start nodes of this package by name, with ROS arguments."""

    def start(name, *arguments):
        log = tmp_path_factory.mktemp(name) / "log"
        return process(
            [sys.executable, "-m", f"thfm_ros.nodes.{name}", "--ros-args", *arguments], log
        )

    return start


@pytest.fixture(scope="module")
def start_perception(start):
    """Start a perception_node with a small network that listens on /camera/image."""

    def start_perception(*arguments):
        remaps = ["-r", "__ns:=/thfm", "-r", "image:=/camera/image"]
        return start("perception_node", *remaps, *SMALL, *arguments)

    return start_perception
