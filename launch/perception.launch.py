# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start perception_node on a camera. See: ros2 launch thfm_ros perception.launch.py --show-args."""

import os
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch_ros.actions import Node

CONFIG = Path(get_package_share_directory("thfm_ros")) / "config"
PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"
FLAG = ["true", "false"]
BY_FILE = " (default: as params_file says)"

ARGUMENTS = [
    ("namespace", "thfm", "namespace of the node and its topics", None),
    ("node_name", "perception", "name of the node", None),
    ("params_file", str(CONFIG / "perception.yaml"), "parameters of the node", None),
    ("checkpoint", "", "directory of the weights" + BY_FILE, None),
    ("device", "", "auto, cpu, cuda or cuda:N" + BY_FILE, None),
    ("image_topic", "/camera/color/image_raw", "the camera's images", None),
    ("camera_info_topic", "camera_info", "default: the one beside image_topic", None),
    ("image_transport", "", "raw or compressed" + BY_FILE, ["", "raw", "compressed"]),
    ("autostart", "", "configure and activate at start" + BY_FILE, ["", *FLAG]),
    ("use_sim_time", "false", "take the time from /clock", FLAG),
    ("log_level", "info", "how much the node logs", ["debug", "info", "warn", "error"]),
    ("large_images", "true", "32 MB of shared memory, unless a Fast DDS profile is set", FLAG),
]


def start(context):
    """Return the actions that the arguments ask for; an argument left empty overrides nothing."""
    chosen = context.launch_configurations
    overrides = {"use_sim_time": chosen["use_sim_time"] == "true"}
    for name in ("checkpoint", "device", "image_transport"):
        if chosen[name]:
            overrides[name] = chosen[name]
    if chosen["autostart"]:
        overrides["autostart"] = chosen["autostart"] == "true"
    node = Node(
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
    if chosen["large_images"] == "true" and PROFILE not in os.environ:
        return [SetEnvironmentVariable(PROFILE, str(CONFIG / "fastdds.xml")), node]
    return [node]


def generate_launch_description():
    """Declare the arguments and start the node."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=start)])
