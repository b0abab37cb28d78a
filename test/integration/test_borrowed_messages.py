# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What needs messages that a robot has and the wheels have not: video, and transforms, live."""

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image

from thfm_ros.msg import InferenceStats

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("-p", "checkpoint:=random", "-p", "network.width:=64", "-p", "network.height:=48")
pytestmark = pytest.mark.skipif(
    shutil.which("cmake") is None or find_spec("rosidl_adapter") is None,
    reason="messages cannot be built here",
)
VIDEO = """
import sys, time, av, numpy as np, rclpy
from fractions import Fraction
from importlib import import_module

package, name, field, value = sys.argv[1:]
kind = getattr(import_module(package + ".msg"), name)
rclpy.init()
node = rclpy.create_node("camera")
topic = "/camera/image/foxglove" if name == "CompressedVideo" else "/camera/image/ffmpeg"
publisher = node.create_publisher(kind, topic, 10)
codec = av.CodecContext.create("libx264", "w")
codec.width, codec.height, codec.pix_fmt = 96, 64, "yuv420p"
codec.options = {"tune": "zerolatency", "g": "8"}
codec.time_base = Fraction(1, 10)
while True:
    stamp = node.get_clock().now().to_msg()
    level = np.full((64, 96, 3), stamp.nanosec // 10**7 * 2, np.uint8)
    picture = av.VideoFrame.from_ndarray(level, format="rgb24")
    for packet in codec.encode(picture):
        message = kind(data=bytes(packet), **{field: value})
        if name == "CompressedVideo":
            message.timestamp, message.frame_id = stamp, "camera_optical_frame"
        else:
            message.header.stamp, message.header.frame_id = stamp, "camera_optical_frame"
        publisher.publish(message)
    time.sleep(0.1)
"""
TRANSFORM = """
import rclpy
from geometry_msgs.msg import Quaternion, TransformStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from scipy.spatial.transform import Rotation
from tf2_msgs.msg import TFMessage

rclpy.init()
node = rclpy.create_node("robot_state_publisher")
latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
publisher = node.create_publisher(TFMessage, "/tf_static", latched)
mounted = Rotation.from_euler("x", 90, degrees=True)
optical = Rotation.from_quat((-0.5, 0.5, -0.5, 0.5))
chain = [("base_link", "camera_link", mounted), ("camera_link", "camera_optical_frame", optical)]
message = TFMessage()
for parent, child, rotation in chain:
    x, y, z, w = map(float, rotation.as_quat())
    one = TransformStamped(child_frame_id=child)
    one.header.frame_id, one.transform.rotation = parent, Quaternion(x=x, y=y, z=z, w=w)
    message.transforms.append(one)
publisher.publish(message)
rclpy.spin(node)
"""


@pytest.fixture(scope="module")
def variables():
    """The environment of processes that have the messages, which are built once for a checkout."""
    command = [sys.executable, ROOT / "tools" / "message_packages.py", ROOT / "build" / "messages"]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    variables = dict(os.environ)
    for name, folder in json.loads(built.stdout).items():
        variables[name] = os.pathsep.join(filter(None, (folder, variables.get(name))))
    variables["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
    return variables


@pytest.fixture
def start_with(variables, process, tmp_path_factory):
    """Start a Python program that has the messages; it is killed at the end of the test."""
    started = []

    def start_with(*words):
        log = tmp_path_factory.mktemp("borrowed") / "log"
        started.append(process([sys.executable, *words], log, variables))
        return started[-1]

    yield start_with
    for one in started:
        one.popen.kill()
        one.popen.wait()


def perception(start_with, namespace, *parameters):
    remaps = ["-r", f"__ns:={namespace}", "-r", "image:=/camera/image"]
    module = ["-m", "thfm_ros.nodes.perception_node", "--ros-args"]
    return start_with(*module, *remaps, *SMALL, *parameters)


@pytest.mark.fault("F77")
@pytest.mark.parametrize(
    ("transport", "words"),
    [
        ("foxglove", ("foxglove_msgs", "CompressedVideo", "format", "h264")),
        (
            "ffmpeg",
            ("ffmpeg_image_transport_msgs", "FFMPEGPacket", "encoding", "libx264;yuv420p"),
        ),
    ],
)
def test_video_is_decoded_live(probe, start_with, transport, words):
    """Issue 23.12: it was tried with bags only. The node comes late, between two key frames."""
    start_with("-c", VIDEO, *words)
    topic = f"/{transport}/stats"
    probe.watch(topic, InferenceStats)
    node = perception(start_with, f"/{transport}", "-p", f"image_transport:={transport}")
    probe.spin_until(lambda: len(probe.received[topic]) >= 5, what="results")
    stamps = [m.header.stamp.sec for m in probe.received[topic]]
    assert abs(stamps[-1] - time.time()) < 30
    assert probe.received[topic][0].header.frame_id == "camera_optical_frame"
    assert node.end() == 0, node.text()


@pytest.mark.fault("F82")
def test_a_camera_that_is_turned_by_its_transforms_is_seen_upright(probe, start_with):
    """Issue 23.9: as image_rotation says it for a camera that /tf says nothing of."""
    for name, rotation in (("fixed", "90"), ("by_tf", "auto-from-tf")):
        probe.watch(f"/{name}/mask/image", Image)
        perception(start_with, f"/{name}", "-p", f"image_rotation:={rotation}")
    probe.watch("/diagnostics", DiagnosticArray)
    probe.spin_until(lambda: probe.images.get_subscription_count() == 2, what="both nodes")

    def told():
        return "".join(
            str(status.message) + str(status.values)
            for array in probe.received["/diagnostics"][-4:]
            for status in array.status
            if status.name.endswith("input")
        )

    def play_until(words):
        def step():
            probe.publish(time.time_ns())
            return words in told()

        probe.spin_until(step, what=words)

    play_until("/tf and /tf_static say nothing of frame 'camera_optical_frame'")
    transforms = start_with("-c", TRANSFORM)
    play_until("90, by base_link")
    stamp = time.time_ns()
    probe.publish(stamp)
    seen = [probe.await_stamp(f"/{name}/mask/image", stamp) for name in ("fixed", "by_tf")]
    maps = [np.frombuffer(image.data, np.uint8) for image in seen]
    np.testing.assert_array_equal(*maps)
    assert transforms.popen.poll() is None, transforms.text()
