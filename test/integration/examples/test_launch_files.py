# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two cameras, several robots, and nav2's layer: what they start, and what it listens to."""

import importlib.util
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from sensor_msgs.msg import CameraInfo, Image, PointCloud2, PointField
from std_msgs.msg import Header

from thfm_ros.msg import Keypoints2D
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message

SMALL = [
    *("-p", "checkpoint:=random", "-p", "backend:=eager"),
    *("-p", "network.width:=64", "-p", "network.height:=48"),
]


def _module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LAUNCH = _module(Path(__file__).parents[1] / "test_launch.py")


def included(file, **arguments):
    """The arguments that a launch file gives to each perception.launch.py that it includes."""
    root = ElementTree.parse(file).getroot()
    assert {arg.get("name") for arg in root.findall("arg")} == set(arguments)
    for include in root.findall("include"):
        where = "$(find-pkg-share thfm_ros)/launch/perception.launch.py"
        assert include.get("file") == where
        given = {arg.get("name"): arg.get("value") for arg in include.findall("arg")}
        for name, value in arguments.items():
            given = {k: v.replace(f"$(var {name})", value) for k, v in given.items()}
        yield given


@pytest.fixture
def nodes(monkeypatch, examples):
    """Return the nodes' command lines that a launch file of examples/ makes."""
    # A file that includes ours is on the command line, so that its arguments are its own business.
    monkeypatch.setattr(sys, "argv", ["ros2", "launch", "examples"])
    module = LAUNCH.load_with_stand_ins(monkeypatch)

    def nodes(file, **arguments):
        for given in included(examples / file, **arguments):
            unknown = given.keys() - {name for name, *_ in module.ARGUMENTS}
            assert not unknown
            yield LAUNCH.command_line(LAUNCH.actions_for(module, **given)["Node"])

    return nodes


def test_each_robot_has_its_own_namespace(nodes):
    (command,) = nodes("one_of_several_robots.launch.xml", robot="marvin")
    assert "__ns:=/marvin/thfm" in command
    assert "image:=/marvin/camera/color/image_raw" in command


def picture(stamp_ns):
    header = Header(stamp=stamp_message(stamp_ns), frame_id="camera_optical_frame")
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    info = CameraInfo(header=header, width=160, height=120, distortion_model="plumb_bob")
    info.d, info.k = [0.0] * 5, [150.0, 0.0, 79.5, 0.0, 150.0, 59.5, 0.0, 0.0, 1.0]
    info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    info.p = [150.0, 0.0, 79.5, 0.0, 0.0, 150.0, 59.5, 0.0, 0.0, 0.0, 1.0, 0.0]
    return image_message(header, noise, "rgb8"), info


def test_two_cameras_and_what_nav2_listens_to(nodes, probe, process, examples, tmp_path):
    small = [*SMALL, "-p", "depth.alignment:=fixed"]
    for k, command in enumerate(nodes("two_cameras.launch.xml")):
        node = [sys.executable, "-m", "thfm_ros.nodes.perception_node"]
        process([*node, *command, *small], tmp_path / f"{k}.log")
    probe.watch("/front/thfm/points", PointCloud2)
    cameras = {}
    for side in ("front", "rear"):
        probe.watch(f"/{side}/thfm/keypoints2d", Keypoints2D)
        topic = f"/{side}_camera/color"
        cameras[side] = (
            probe.node.create_publisher(Image, f"{topic}/image_raw", 5),
            probe.node.create_publisher(CameraInfo, f"{topic}/camera_info", 5),
        )
    for images, infos in cameras.values():
        probe.spin_until(lambda p=images: p.get_subscription_count(), what="the cameras' nodes")
        probe.spin_until(lambda p=infos: p.get_subscription_count(), what="camera_info")
    probe.spin_until(probe.watched_by_publishers, what="the publishers")

    def published(side):
        def answered():
            image, info = picture(time.time_ns())
            cameras[side][1].publish(info)
            cameras[side][0].publish(image)
            probe.spin_until(lambda: True)
            time.sleep(0.1)
            return probe.received[f"/{side}/thfm/keypoints2d"]

        probe.spin_until(answered, 60, f"people of {side}")

    published("front")
    assert not probe.received["/rear/thfm/keypoints2d"]
    published("rear")
    points = probe.received["/front/thfm/points"]
    probe.spin_until(lambda: published("front") or points, 60, "points")
    has_what_an_obstacle_layer_needs(points[-1], examples)


def has_what_an_obstacle_layer_needs(cloud, examples):
    """costmap_2d reads x, y, z as float32, and asks TF for the header's frame at its stamp."""
    kinds = {field.name: field.datatype for field in cloud.fields}
    assert {kinds[axis] for axis in "xyz"} == {PointField.FLOAT32}
    assert cloud.header.frame_id == "camera_optical_frame"
    assert cloud.header.stamp.sec > 0
    assert len(cloud.data) == cloud.row_step == cloud.width * cloud.point_step
    parameters = yaml.safe_load((examples / "nav2_people.yaml").read_text())
    layer = parameters["local_costmap"]["local_costmap"]["ros__parameters"]["obstacle_layer"]
    assert layer["observation_sources"].split() == ["scan", "people", "keep_out"]
    assert layer["people"]["topic"] == "/thfm/points"
    assert layer["people"]["data_type"] == "PointCloud2"
