# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start perception_node on a camera. See: ros2 launch thfm_ros perception.launch.py --show-args."""

import os
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    OpaqueFunction,
    SetEnvironmentVariable,
)
from launch_ros.actions import Node

from thfm_ros.launch_arguments import check_arguments
from thfm_ros.options import OPTIONS

CONFIG = Path(get_package_share_directory("thfm_ros")) / "config"
PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"
FLAG = ["true", "false"]
BY_FILE = " (default: as params_file says)"

ARGUMENTS = [
    ("namespace", "thfm", "namespace of the node and its topics", None),
    ("node_name", "perception", "name of the node", None),
    ("params_file", str(CONFIG / "perception.yaml"), "parameters of the node", None),
    ("image_topic", "/camera/color/image_raw", "the camera's images", None),
    ("camera_info_topic", "camera_info", "default: the one beside image_topic", None),
    ("use_sim_time", "false", "take the time from /clock; a bag sets it", FLAG),
    ("log_level", "info", "how much the node logs", ["debug", "info", "warn", "error"]),
    ("large_images", "true", "32 MB of shared memory, unless a Fast DDS profile is set", FLAG),
    ("rviz", "false", "open RViz with config/perception.rviz", FLAG),
    ("viewer", "false", "a live page on http://localhost:9090; needs rerun-sdk", FLAG),
    ("viewer_host", "127.0.0.1", "where the page is served; it shows camera pixels", None),
    ("viewer_port", "9090", "of the page; the data is on the next", None),
    ("point_cloud", "false", "all of depth/image as points, by depth_image_proc", FLAG),
    ("bag", "", "play this bag, with its clock", None),
    # Every parameter of the node is an argument, too.
    *(
        (
            option.argument,
            "",
            option.description + BY_FILE,
            ["", *option.choices] if option.choices else None,
        )
        for option in OPTIONS
    ),
]


def check(context):
    """RuntimeError ends the launch: for an unknown argument, or a file that is not there."""
    check_arguments(context.argv, __file__, [name for name, *_ in ARGUMENTS])
    chosen = context.launch_configurations
    if not Path(chosen["params_file"]).is_file():
        raise RuntimeError(f"params_file is {chosen['params_file']!r}, which is not a file")
    if chosen["bag"] and not Path(chosen["bag"]).exists():
        raise RuntimeError(f"bag is {chosen['bag']!r}, which does not exist")


def start(context):
    """Return the actions that the arguments ask for; an argument left empty overrides nothing."""
    check(context)
    chosen = context.launch_configurations
    actions = []
    if chosen["large_images"] == "true" and PROFILE not in os.environ:
        actions.append(SetEnvironmentVariable(PROFILE, str(CONFIG / "fastdds.xml")))
    if chosen["point_cloud"] == "true":
        actions.append(point_cloud(chosen))
    if chosen["rviz"] == "true":
        layout = str(CONFIG / "perception.rviz")
        actions.append(Node(package="rviz2", executable="rviz2", arguments=["-d", layout]))
    if chosen["viewer"] == "true":
        actions.append(viewer(chosen))
    # After them: where a package is not installed, launch ends and leaves behind what it started.
    actions.append(perception(chosen))
    if chosen["bag"]:
        actions.append(ExecuteProcess(cmd=["ros2", "bag", "play", chosen["bag"], "--clock"]))
    return actions


def perception(chosen):
    """Return the node itself."""
    overrides = {"use_sim_time": chosen["use_sim_time"] == "true" or bool(chosen["bag"])}
    for option in OPTIONS:
        if chosen[option.argument]:
            overrides[option.name] = option.read(chosen[option.argument])
    return Node(
        package="thfm_ros",
        executable="perception_node",
        namespace=chosen["namespace"],
        name=chosen["node_name"],
        output="screen",
        parameters=[chosen["params_file"], overrides],
        remappings=[
            ("image", chosen["image_topic"]),
            ("camera_info", chosen["camera_info_topic"]),
        ],
        arguments=["--ros-args", "--log-level", chosen["log_level"]],
    )


def viewer(chosen):
    """Return the live page; it shows nothing in privacy mode."""
    return Node(
        package="thfm_ros",
        executable="viewer_node",
        namespace=chosen["namespace"],
        output="screen",
        parameters=[
            {
                "node_name": chosen["node_name"],
                "host": chosen["viewer_host"],
                "port": int(chosen["viewer_port"]),
            }
        ],
    )


def point_cloud(chosen):
    """Return depth_image_proc's node; the topic `points` of perception_node has people only."""
    return Node(
        package="depth_image_proc",
        executable="point_cloud_xyz_node",
        namespace=chosen["namespace"],
        remappings=[("image_rect", "depth/image_rect"), ("points", "depth/points")],
    )


def generate_launch_description():
    """Declare the arguments and start the node."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=start)])
