# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import copy
import time

import numpy as np
import pytest
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from thfm_ros.media.images import ImageError
from thfm_ros.nodes.image_input import CameraSettings, ImageInput, WaitingImage, topics_of
from thfm_ros.nodes.image_types import message_type
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message
from thfm_ros.runtime.stream.intake import Intake, IntakePolicy

IMAGE = image_message(
    Header(stamp=stamp_message(10**18), frame_id=""), np.zeros((48, 64, 3), np.uint8), "rgb8"
)
INFO = CameraInfo(width=64, height=48, k=[50.0, 0, 31.5, 0, 50.0, 23.5, 0, 0, 1.0])


@pytest.fixture
def make_node(context):
    nodes = []

    def make_node(*remaps):
        arguments = ["--ros-args", "-r", "__ns:=/thfm"]
        for remap in remaps:
            arguments += ["-r", remap]
        nodes.append(Node("perception", cli_args=arguments))
        return nodes[-1]

    yield make_node
    for node in nodes:
        node.destroy_node()


@pytest.fixture
def camera(make_node):
    warnings = []
    intake = Intake(IntakePolicy())
    camera = ImageInput(make_node(), intake, CameraSettings("raw", "override"), warnings.append)
    yield camera, intake, warnings
    camera.close()


@pytest.mark.parametrize(
    ("remaps", "transport", "topics"),
    [
        ([], "raw", ("/thfm/image", "/thfm/camera_info")),
        (
            ["image:=/cam/color/image_raw"],
            "raw",
            ("/cam/color/image_raw", "/cam/color/camera_info"),
        ),
        (
            ["image:=/cam/image_raw"],
            "compressed",
            ("/cam/image_raw/compressed", "/cam/camera_info"),
        ),
        (["image:=/cam/image", "camera_info:=/other/info"], "raw", ("/cam/image", "/other/info")),
    ],
)
def test_topics_follow_remapping(make_node, remaps, transport, topics):
    assert topics_of(make_node(*remaps), transport) == topics


def test_a_bad_image_is_refused_before_it_waits(camera):
    camera, intake, warnings = camera
    camera._on_image(Image(encoding="32FC1", width=4, height=4))
    assert intake.dropped == {"malformed": 1}
    assert intake.take(timeout_s=0) is None
    assert "image on /thfm/image refused: encoding is '32FC1'" in warnings[0]


@pytest.mark.fault("F09")
def test_a_broken_jpeg_is_found_when_it_is_decoded(camera):
    with pytest.raises(ImageError, match="neither JPEG nor PNG"):
        camera[0].decode(WaitingImage(CompressedImage(format="jpeg", data=b"no picture"), None))


@pytest.mark.fault("F16")
def test_frames_carry_intrinsics_and_the_overriding_frame(camera):
    camera[0]._on_info(INFO)
    frame = camera[0].decode(WaitingImage(IMAGE, INFO))
    assert (frame.stamp_ns, frame.frame_id, frame.size) == (10**18, "override", (64, 48))
    assert frame.intrinsics.fx == 50.0
    assert camera[0].info_problem == ""


@pytest.mark.fault("F93")
def test_an_image_that_waits_does_not_bring_back_a_camera_info_that_is_gone(camera):
    camera = camera[0]
    camera._on_info(INFO)
    camera._on_info_gone()
    camera.decode(WaitingImage(IMAGE, INFO))
    assert "has stopped" in camera.info_problem


@pytest.mark.fault("F83")
def test_two_clocks_are_told_with_whoever_sends_the_images(camera):
    camera, _, warnings = camera
    second = rclpy.create_node("second_driver")
    publishers = [node.create_publisher(Image, camera.topic, 1) for node in (second, camera._node)]
    end = time.monotonic() + 10
    while camera._node.count_publishers(camera.topic) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    for stamp in (1000, 10, 1000.2, 10.3):
        image = copy.deepcopy(IMAGE)
        image.header.stamp.sec, image.header.stamp.nanosec = int(stamp), round(stamp % 1 * 1e9)
        camera._on_image(image)
        time.sleep(0.1)
    told = " ".join(warnings)
    assert "two clocks" in told
    assert f"2 publishers, of {camera._node.get_name()}, second_driver" in told
    for node, publisher in zip((second, camera._node), publishers, strict=True):
        node.destroy_publisher(publisher)
    second.destroy_node()


@pytest.mark.fault("F13")
def test_an_unusable_camera_info_is_named_and_the_image_still_counts(camera):
    camera, _, warnings = camera
    bad = CameraInfo(width=64, height=48, k=[float("nan")] * 9)
    camera._on_info(bad)
    frame = camera.decode(WaitingImage(IMAGE, bad))
    assert frame.intrinsics is None
    assert "not finite" in camera.info_problem
    assert "camera_info on /thfm/camera_info is not used" in warnings[0]


@pytest.mark.fault("F81")
@pytest.mark.parametrize(
    ("topic", "kind", "advice"),
    [
        (
            "/cam/image/compressed",
            CompressedImage,
            "image_topic: /cam/image and image_transport",
        ),
        ("/cam/image", CompressedImage, "image_transport: compressed, and name its topic /cam/im"),
        ("/cam/points", CameraInfo, "give the topic of the camera's images"),
    ],
)
def test_a_topic_of_another_type_is_named_with_what_to_do(make_node, topic, kind, advice):
    # A participant of its own: in one, rcl refuses a second type.
    other = rclpy.Context()
    rclpy.init(context=other)
    sender = Node("driver", context=other)
    sender.create_publisher(kind, topic, 5)
    node, warnings = make_node(f"image:={topic}"), []
    camera = ImageInput(node, Intake(IntakePolicy()), CameraSettings(), warnings.append)
    end = time.monotonic() + 10
    while advice not in camera.why_silent() or "driver" not in camera.why_silent():
        assert time.monotonic() < end, camera.why_silent()
        time.sleep(0.1)
    package, name = kind.__module__.split(".")[0], kind.__name__
    assert f"{topic} carries {package}/msg/{name}, from driver" in camera.why_silent()
    assert any("no images: " in warning for warning in warnings)
    camera.close()
    sender.destroy_node()
    rclpy.shutdown(context=other)


@pytest.mark.fault("F81")
def test_a_topic_that_nobody_publishes_names_those_that_are(make_node):
    node = make_node("image:=/cam/imgae")
    publisher = node.create_publisher(Image, "/cam/image", 5)
    camera = ImageInput(node, Intake(IntakePolicy()), CameraSettings(), lambda text: None)
    end = time.monotonic() + 10
    while "images are on /cam/image" not in camera.why_silent():
        assert time.monotonic() < end, camera.why_silent()
        time.sleep(0.1)
    camera.close()
    node.destroy_publisher(publisher)


@pytest.mark.fault("F72")
def test_a_picture_in_which_nobody_may_be_seen_is_named(camera):
    camera = camera[0]
    camera.decode(WaitingImage(IMAGE, None))
    assert "nearly black" in camera.picture_problem
    noise = np.random.default_rng(0).integers(0, 1024, (48, 64), np.uint16)
    message = Image(encoding="mono16", width=64, height=48, step=128, data=noise.tobytes())
    message.header = IMAGE.header
    assert camera.decode(WaitingImage(message, None)).image.max() == 255
    assert camera.picture_problem == ""


@pytest.mark.fault("F77")
def test_a_transport_whose_messages_are_not_installed_is_named():
    with pytest.raises(ValueError, match="needs ffmpeg_image_transport_msgs: apt install ros-"):
        message_type("ffmpeg")
