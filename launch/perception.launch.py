# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start perception_node on a camera: ros2 launch thfm_ros perception.launch.py --show-args."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import (
    EnvironmentVariable,
    LaunchConfiguration,
    PathJoinSubstitution,
    PythonExpression,
)
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

SHARE = FindPackageShare("thfm_ros")

ARGUMENTS = {
    "namespace": ("thfm", "namespace of the node and its topics"),
    "node_name": ("perception", "name of the node"),
    "params_file": (PathJoinSubstitution([SHARE, "config", "perception.yaml"]), "parameters"),
    "checkpoint": ("", "directory of the weights; empty = random ones, for trying out"),
    "device": ("auto", "auto, cpu, cuda or cuda:N"),
    "image_topic": ("/camera/color/image_raw", "the camera's images"),
    "camera_info_topic": ("camera_info", "the camera's info; default: beside image_topic"),
    "image_transport": ("raw", "compressed subscribes <image_topic>/compressed"),
    "use_sim_time": ("false", "take the time from /clock"),
    "autostart": ("true", "configure and activate at start"),
    "log_level": ("info", "debug, info, warn or error"),
    "large_images": ("true", "32 MB of shared memory, unless you set a Fast DDS profile yourself"),
}
CHOICES = {
    "image_transport": ["raw", "compressed"],
    "use_sim_time": ["true", "false"],
    "autostart": ["true", "false"],
    "log_level": ["debug", "info", "warn", "error"],
    "large_images": ["true", "false"],
}
PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"


def typed(name, value_type):
    """The launch argument `name` as a parameter of value_type."""
    return ParameterValue(LaunchConfiguration(name), value_type=value_type)


def generate_launch_description():
    """Declare the arguments, set the transport's profile, start the node."""
    arguments = [
        DeclareLaunchArgument(
            name, default_value=default, description=text, choices=CHOICES.get(name)
        )
        for name, (default, text) in ARGUMENTS.items()
    ]
    unset = ["'", EnvironmentVariable(PROFILE, default_value=""), "' == ''"]
    profile = SetEnvironmentVariable(
        PROFILE,
        PathJoinSubstitution([SHARE, "config", "fastdds.xml"]),
        condition=IfCondition(
            PythonExpression([*unset, " and '", LaunchConfiguration("large_images"), "' == 'true'"])
        ),
    )
    node = Node(
        package="thfm_ros",
        executable="perception_node",
        namespace=LaunchConfiguration("namespace"),
        name=LaunchConfiguration("node_name"),
        output="screen",
        parameters=[
            LaunchConfiguration("params_file"),
            {
                "checkpoint": typed("checkpoint", str),
                "device": typed("device", str),
                "image_transport": typed("image_transport", str),
                "use_sim_time": typed("use_sim_time", bool),
                "autostart": typed("autostart", bool),
            },
        ],
        remappings=[
            ("image", LaunchConfiguration("image_topic")),
            ("camera_info", LaunchConfiguration("camera_info_topic")),
        ],
        arguments=["--ros-args", "--log-level", LaunchConfiguration("log_level")],
    )
    return LaunchDescription([*arguments, profile, node])
