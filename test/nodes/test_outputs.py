# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import time
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import rclpy
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from thfm_ros.camera import Intrinsics, pixel_rays
from thfm_ros.frame import Frame
from thfm_ros.nodes.images import array_from_image
from thfm_ros.nodes.outputs import ALL_TASKS, OUTPUTS, OutputPolicy, Outputs, Result
from thfm_ros.perception import Perception
from thfm_ros.tasks import TASKS

INFO = CameraInfo(width=128, height=96, k=[100.0, 0, 63.5, 0, 100.0, 47.5, 0, 0, 1.0])
FRAME = Frame(10**18, np.full((48, 64, 3), 80, np.uint8), "optical")


def perception(**maps):
    known = {"tasks": tuple(TASKS), **maps}
    return Perception(FRAME.stamp_ns, FRAME.frame_id, FRAME.size, (1, 2), 0, **known)


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


@pytest.mark.fault("F44")
def test_nothing_is_wanted_while_nobody_listens(outputs):
    assert outputs.wanted(lazily=True) == frozenset()
    assert outputs.wanted(lazily=False) == ALL_TASKS


@pytest.mark.fault("F90")
def test_skeletons_wait_for_no_rays_of_all_pixels(outputs, standing, seen):
    """Issue 27.1: they cost most where a lens folds inside the picture."""
    folds = Intrinsics(30.0, 30.0, 31.5, 23.5, 64, 48, (-0.45, 0.05, 0, 0, 0))
    maps = {"depth": np.full((48, 64), 3, np.float32), "instances": np.ones((48, 64), np.uint8)}
    shown, frame = seen(standing(), **maps), replace(FRAME, intrinsics=folds)
    pixel_rays.cache_clear()
    outputs.publish_people(shown, frame, lazily=False)
    assert pixel_rays.cache_info().misses == 0
    outputs.publish_rest(shown, frame, None, lazily=False)
    assert pixel_rays.cache_info().misses == 1


@pytest.mark.fault("F44")
def test_only_what_somebody_listens_to_is_wanted(node, outputs):
    listen(node, outputs, normals__image=Image)
    assert outputs.wanted(lazily=True) == {"normals"}
    listen(node, outputs, overlay__image=Image)
    assert outputs.wanted(lazily=True) == {"normals", "mask", "keypoints2d"}
    assert not outputs.wanted(lazily=True) & {"depth", "keypoints3d"}


def test_every_output_survives_a_perception_without_maps(outputs):
    outputs.publish_rest(perception(), FRAME, None, lazily=False)


def test_metres_come_with_the_camera_info_of_their_size(node, outputs):
    received = listen(node, outputs, depth__image=Image, depth__camera_info=CameraInfo)
    depth = np.full((48, 64), 2.5, np.float32)
    outputs.publish_rest(perception(depth=depth), FRAME, INFO, lazily=True)
    spin(node, received)
    image, info = received["depth/image"][0], received["depth/camera_info"][0]
    assert image.header == info.header
    assert image.header.frame_id == "optical"
    assert (info.width, info.height, info.k[0]) == (64, 48, 50.0)
    np.testing.assert_array_equal(array_from_image(image), depth)


def test_a_camera_info_of_another_image_is_not_passed_on(node, outputs):
    received = listen(node, outputs, depth__image=Image, depth__camera_info=CameraInfo)
    tall = CameraInfo(width=64, height=128, k=INFO.k)
    depth = np.full((48, 64), 2.5, np.float32)
    outputs.publish_rest(perception(depth=depth), FRAME, tall, lazily=True)
    spin(node, {"depth/image": received["depth/image"]})
    assert len(received["depth/image"]) == 1
    assert received["depth/camera_info"] == []


def test_a_banner_is_on_the_overlay(node, outputs):
    received = listen(node, outputs, overlay__image=Image)
    outputs.publish_rest(
        perception(maps={"mask": np.ones((48, 64), np.float32)}), FRAME, None, lazily=True
    )
    spin(node, received)
    overlay = array_from_image(received["overlay/image"][0])
    assert overlay[0, 0].tolist() == [200, 30, 30]
    assert overlay[-1, -1].tolist() != [80, 80, 80]


def test_points_need_metres_and_a_camera(node, outputs):
    received = listen(node, outputs, points=PointCloud2)
    labels = np.ones((48, 64), np.uint8)
    depth = np.full((48, 64), 2.0, np.float32)
    metric = perception(depth=depth, instances=labels)
    outputs.publish_rest(perception(instances=labels), FRAME, None, lazily=True)
    outputs.publish_rest(metric, FRAME, None, lazily=True)
    camera = Intrinsics(50.0, 50.0, 31.5, 23.5, 64, 48)
    outputs.publish_rest(metric, replace(FRAME, intrinsics=camera), None, lazily=True)
    spin(node, received)
    (cloud,) = received["points"]
    assert cloud.width == 48 * 64


@pytest.mark.fault("F57")
def test_privacy_keeps_the_cameras_pixels_in_the_node(node, standing, seen):
    """What is published of a noise image does not depend on its pixels."""
    random = np.random.default_rng(0)
    camera = Intrinsics(50.0, 50.0, 31.5, 23.5, 64, 48)
    shown = seen(
        standing(),
        maps={"mask": np.ones((48, 64), np.float32)},
        instances=np.ones((48, 64), np.uint8),
        depth=np.full((48, 64), 2.0, np.float32),
    )
    made = []
    for _ in range(2):
        image = random.integers(0, 256, (48, 64, 3), np.uint8)
        frame = Frame(FRAME.stamp_ns, image, "optical", camera)
        messages = [o.make(Result(shown, frame, None, "", privacy=True)) for o in OUTPUTS]
        made.append([repr(message) for message in messages if message is not None])
    assert len(made[0]) > 8
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("policy", "missing"),
    [
        (OutputPolicy(publish_tf=True), "tf2_msgs"),
        (OutputPolicy(publish_humans=True), "hri_msgs"),
    ],
)
def test_what_is_not_installed_is_named(node, policy, missing):
    if find_spec(missing):
        pytest.skip(f"{missing} is installed")
    with pytest.raises(ValueError, match=f"{missing} is not installed"):
        Outputs(node, "", policy)


def test_body_frames_on_tf(node, standing, seen):
    tf2 = pytest.importorskip("tf2_msgs.msg")
    outputs = Outputs(node, "", OutputPolicy(publish_tf=True))
    node.trigger_configure()
    node.trigger_activate()
    assert outputs.wanted(lazily=True) == {"keypoints3d"}
    received = []
    node.create_subscription(tf2.TFMessage, "/tf", received.append, 10)
    end = time.monotonic() + 10
    while not received and time.monotonic() < end:
        outputs.publish_rest(seen(standing(), frame_id=""), FRAME, None, lazily=True)
        outputs.publish_rest(seen(standing()), FRAME, None, lazily=True)
        rclpy.spin_once(node, timeout_sec=0.05)
    (transform,) = received[0].transforms
    assert (transform.header.frame_id, transform.child_frame_id) == ("optical", "body_abcde")
    outputs.close()


def test_bodies_of_rep_155(node, standing, seen):
    hri = pytest.importorskip("hri_msgs.msg")
    outputs = Outputs(node, "", OutputPolicy(publish_humans=True))
    node.trigger_configure()
    node.trigger_activate()
    received = {"tracked": [], "abcde/skeleton2d": [], "abcde/roi": [], "abcde/cropped": []}
    kinds = (hri.IdsList, hri.Skeleton2D, hri.NormalizedRegionOfInterest2D, Image)
    for (topic, messages), kind in zip(received.items(), kinds, strict=True):
        node.create_subscription(kind, f"/humans/bodies/{topic}", messages.append, 10)
    end = time.monotonic() + 10
    while not all(received.values()) and time.monotonic() < end:
        outputs.publish_rest(seen(standing()), FRAME, None, lazily=True)
        rclpy.spin_once(node, timeout_sec=0.05)
    assert list(received["tracked"][0].ids) == ["abcde"]
    body = received["abcde/skeleton2d"][0]
    assert len(body.skeleton) == 18
    assert 0 < body.skeleton[hri.Skeleton2D.NOSE].x < 1
    assert body.skeleton[hri.Skeleton2D.LEFT_HIP].x > body.skeleton[hri.Skeleton2D.RIGHT_HIP].x
    assert received["abcde/cropped"][0].width == 20
    outputs.publish_rest(seen(), FRAME, None, lazily=True)
    assert node.count_publishers("/humans/bodies/abcde/roi") == 0
    outputs.close()


def test_every_topic_is_relative():
    assert not any(output.topic.startswith(("/", "~")) for output in OUTPUTS)


def test_what_a_robot_acts_on_goes_out_before_what_is_large():
    topics = [output.topic for output in OUTPUTS]
    assert topics.index("nearest_person") < topics.index("depth/image")
    assert topics.index("keypoints3d") < topics.index("normals/image") < topics.index("points")
