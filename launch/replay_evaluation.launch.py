# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Evaluate a bag. See: ros2 launch thfm_ros replay_evaluation.launch.py --show-args."""

from pathlib import Path

from ament_index_python.packages import get_package_prefix
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction

from thfm_ros.launch_arguments import check_arguments

FLAG = ["true", "false"]
ARGUMENTS = [
    ("bag", None, "rosbag2 recording: folder, .mcap or .db3", None),
    ("out", "evaluation", "folder of evaluation.json and evaluation.html", None),
    ("checkpoint", "", "directory of the weights (default: what ships)", None),
    ("image_topic", "", "topic of the images (default: the only one)", None),
    ("reference", "", "OURS=TOPIC pairs, separated by spaces (default: /ground_truth/...)", None),
    ("live", "true", "through the nodes at the bag's rate; false = frame by frame", FLAG),
    ("rate", "1.0", "speed of a live replay; 2.0 = twice as fast", None),
    ("mode", "latest", "what the live node does when it is too slow", ["latest", "every"]),
]


def start(context):
    """Return the one process that the arguments ask for; it starts the nodes it needs."""
    check_arguments(context.argv, __file__, [name for name, *_ in ARGUMENTS])
    chosen = context.launch_configurations
    executable = Path(get_package_prefix("thfm_ros")) / "lib" / "thfm_ros" / "thfm"
    out = Path(chosen["out"])
    files = ["--json", str(out / "evaluation.json"), "--html", str(out / "evaluation.html")]
    command = [str(executable), "evaluate", "bag", chosen["bag"], *files]
    for option, name in (("--checkpoint", "checkpoint"), ("--image", "image_topic")):
        if chosen[name]:
            command += [option, chosen[name]]
    for pair in chosen["reference"].split():
        command += ["--reference", pair]
    if chosen["live"] == "true":
        command += ["--live", "--rate", chosen["rate"], "--live-mode", chosen["mode"]]
    return [ExecuteProcess(cmd=command, output="screen", on_exit=fail_as_it_did)]


def fail_as_it_did(event, context):
    """Let ros2 launch fail, too: by itself it returns 0 whatever its processes return."""
    if event.returncode:
        raise RuntimeError(f"thfm evaluate bag returned {event.returncode}")


def generate_launch_description():
    """Declare the arguments and start the evaluation."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=start)])
