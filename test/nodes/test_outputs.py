# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import time

import numpy as np
import pytest
import rclpy
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, Image

from thfm_ros.frame import Frame
from thfm_ros.nodes.images import array_from_image
from thfm_ros.nodes.outputs import ALL_TASKS, OUTPUTS, Outputs
from thfm_ros.runtime.perception import Perception

INFO = CameraInfo(width=128, height=96, k=[100.0, 0, 63.5, 0, 100.0, 47.5, 0, 0, 1.0])
FRAME = Frame(10**18, np.full((48, 64, 3), 80, np.uint8), "optical")


def perception(**maps):
    return Perception(FRAME.stamp_ns, FRAME.frame_id, FRAME.size, (1, 2), 0, **maps)


@pytest.fixture
def node(context):
    node = LifecycleNode("perception", namespace="thfm")
    yield node
    node.destroy_node()


@pytest.fixture
def outputs(node):
    outputs = Outputs(node, banner="UNTRAINED WEIGHTS")
    node.trigger_configure()
    node.trigger_activate()
    yield outputs
    outputs.close()


def listen(node, outputs, **topics):
    """Subscribe topics; return what arrives, by topic, once the publishers know about it."""
    received = {}
    for topic, kind in topics.items():
        name = topic.replace("__", "/")
        messages = received.setdefault(name, [])
        node.create_subscription(kind, f"/thfm/{name}", messages.append, 10)
        while not outputs._publishers[name].get_subscription_count():
            time.sleep(0.01)
    return received


def spin(node, received):
    end = time.monotonic() + 10
    while not all(received.values()) and time.monotonic() < end:
        rclpy.spin_once(node, timeout_sec=0.05)


def test_nothing_is_wanted_while_nobody_listens(outputs):
    assert outputs.wanted(lazily=True) == frozenset()
    assert outputs.wanted(lazily=False) == ALL_TASKS


def test_only_what_somebody_listens_to_is_wanted(node, outputs):
    listen(node, outputs, normals__image=Image)
    assert outputs.wanted(lazily=True) == {"normals"}
    listen(node, outputs, overlay__image=Image)
    assert outputs.wanted(lazily=True) == {"normals", "mask", "keypoints2d"}


def test_every_output_survives_a_perception_without_maps(outputs):
    outputs.publish(perception(), FRAME, None, lazily=False)


def test_metres_come_with_the_camera_info_of_their_size(node, outputs):
    received = listen(node, outputs, depth__image=Image, depth__camera_info=CameraInfo)
    depth = np.full((48, 64), 2.5, np.float32)
    outputs.publish(perception(depth=depth), FRAME, INFO, lazily=True)
    spin(node, received)
    image, info = received["depth/image"][0], received["depth/camera_info"][0]
    assert image.header == info.header
    assert image.header.frame_id == "optical"
    assert (info.width, info.height, info.k[0]) == (64, 48, 50.0)
    np.testing.assert_array_equal(array_from_image(image), depth)


def test_a_banner_is_on_the_overlay(node, outputs):
    received = listen(node, outputs, overlay__image=Image)
    outputs.publish(perception(mask=np.ones((48, 64), np.float32)), FRAME, None, lazily=True)
    spin(node, received)
    overlay = array_from_image(received["overlay/image"][0])
    assert overlay[0, 0].tolist() == [200, 30, 30]
    assert overlay[-1, -1].tolist() != [80, 80, 80]


def test_every_topic_is_relative():
    assert not any(output.topic.startswith(("/", "~")) for output in OUTPUTS)
