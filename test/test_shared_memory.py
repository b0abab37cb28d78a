# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from thfm_ros.shared_memory import fitted, segment_mb, shortage

ROOT = Path(__file__).resolve().parents[1]
PROFILES = [ROOT / "config" / name for name in ("fastdds.xml", "fastdds_loopback.xml")]
IMAGES = 40
SCRIPT = """
import os, sys, time
role = sys.argv[1]
if role == "camera as it is":
    import rclpy
    rclpy.init(args=[])
else:
    from thfm_ros.nodes.process import ros
    context = ros([]); context.__enter__()
import rclpy
from sensor_msgs.msg import Image
from rclpy.qos import QoSProfile, ReliabilityPolicy
best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
node = rclpy.create_node("node_" + str(os.getpid()))
if role.startswith("camera"):
    images = node.create_publisher(Image, "/image", best_effort)
    while not images.get_subscription_count():
        time.sleep(0.05)
    time.sleep(1)
    data = bytes(1280 * 720 * 3)
    for _ in range(int(sys.argv[2])):
        images.publish(Image(width=1280, height=720, step=3840, encoding="rgb8", data=data))
        time.sleep(0.1)
else:
    got, end = [], time.monotonic() + 40
    node.create_subscription(Image, "/image", lambda m: got.append(len(m.data)), best_effort)
    while len(got) < int(sys.argv[2]) and time.monotonic() < end:
        before = len(got)
        rclpy.spin_once(node, timeout_sec=4 if got else 20)
        if got and len(got) == before:
            break
    print(len(got))
"""
IN_A_CONTAINER = """
mount -t tmpfs -o size=$ROOM tmpfs /dev/shm || exit 42
"$PYTHON" -c "$SCRIPT" "$CAMERA" "$IMAGES" &
"$PYTHON" -c "$SCRIPT" listener "$IMAGES"
wait
"""


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.name)
def test_a_profile_is_made_to_fit(profile):
    text = profile.read_text(encoding="utf-8")
    small = fitted(text, 6.0)
    assert "<segment_size>6291456</segment_size>" in small
    assert "<maxMessageSize>6291456</maxMessageSize>" in small
    none = ElementTree.fromstring(fitted(text, 0.0))
    space = {"d": "http://www.eprosima.com"}
    used = none.findall(".//d:userTransports/d:transport_id", space)
    assert [one.text for one in used] == ["thfm_udp"]


def test_no_shared_memory_at_all():
    assert segment_mb("/no/such/folder") == 0
    assert "--shm-size" in shortage("/no/such/folder")


@pytest.mark.fault("F84")
@pytest.mark.parametrize("room", ["64m", "4m"])
@pytest.mark.parametrize("camera", ["camera", "camera as it is"])
def test_large_images_get_through_in_a_container_of_docker(camera, room):
    """Issue 23.1: of 60 images of 1280x720 at 10 Hz none came with 64 MB of shared memory.

    In 4 MB there is no segment that is worth it: what is left is UDP.
    """
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-c", IN_A_CONTAINER],
        env=dict(
            os.environ,
            SCRIPT=SCRIPT,
            PYTHON=sys.executable,
            CAMERA=camera,
            IMAGES=str(IMAGES),
            ROOM=room,
            ROS_DOMAIN_ID="97",
        ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode in (1, 42) and not done.stdout:
        pytest.skip(f"no private mounts here: {done.stderr}")
    assert int(done.stdout) >= IMAGES - 2, done.stderr
