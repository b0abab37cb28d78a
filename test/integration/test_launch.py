# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What perception.launch.py describes, executed: by launch where it is installed, else by us."""

import importlib.util
import os
import signal
import sys
import types
from pathlib import Path

import pytest
from ament_index_python.packages import get_package_prefix

ROOT = Path(__file__).resolve().parents[2]
LAUNCH_FILE = ROOT / "launch" / "perception.launch.py"
HAS_LAUNCH = importlib.util.find_spec("launch_ros") is not None
PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"


class Action:
    """Stands for an action of launch; keeps what it was made of."""

    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs


def load_with_stand_ins(monkeypatch):
    """Load the launch file with recorders in place of launch; return its module."""
    names = {
        "launch": ["LaunchDescription"],
        "launch.actions": [
            "DeclareLaunchArgument",
            "ExecuteProcess",
            "OpaqueFunction",
            "SetEnvironmentVariable",
        ],
        "launch_ros": [],
        "launch_ros.actions": ["Node"],
    }
    for module_name, actions in names.items():
        module = types.ModuleType(module_name)
        for action in actions:
            setattr(module, action, type(action, (Action,), {}))
        monkeypatch.setitem(sys.modules, module_name, module)
    spec = importlib.util.spec_from_file_location("perception_launch", LAUNCH_FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def actions_for(module, **arguments):
    """Return what the launch file starts with these arguments."""
    description = module.generate_launch_description()
    *declared, function = description.args[0]
    chosen = {action.args[0]: action.kwargs["default_value"] for action in declared}
    argv = [f"{name}:={value}" for name, value in arguments.items()]
    context = types.SimpleNamespace(launch_configurations={**chosen, **arguments}, argv=argv)
    started = function.kwargs.get("function", *function.args)(context)
    return {name_of(action): action for action in started}


def name_of(action):
    """What an action starts: our node is "Node", other nodes go by their executable."""
    executable = action.kwargs.get("executable", "perception_node")
    return type(action).__name__ if executable == "perception_node" else executable


def command_line(node):
    """The arguments that launch_ros would give to the node's process."""
    made = node.kwargs
    arguments = [*made["arguments"], "-r", f"__ns:=/{made['namespace']}"]
    arguments += ["-r", f"__node:={made['name']}"]
    for source, target in made["remappings"]:
        arguments += ["-r", f"{source}:={target}"]
    file, overrides = made["parameters"]
    arguments += ["--params-file", file]
    for name, value in overrides.items():
        arguments += ["-p", f"{name}:={str(value).lower() if isinstance(value, bool) else value}"]
    return arguments


@pytest.fixture
def launched(monkeypatch):
    """As `ros2 launch thfm_ros perception.launch.py ...` has it."""
    monkeypatch.setattr(sys, "argv", ["ros2", "launch", "thfm_ros", LAUNCH_FILE.name])


@pytest.mark.fault("F40")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"imagetopic": "/image"}, "'imagetopic' does not exist; did you mean 'image_topic'?"),
        ({"privacymode": "true"}, "'privacymode' does not exist; did you mean 'privacy_mode'?"),
        ({"people.max": "2"}, "'people.max' does not exist; did you mean 'people_max'?"),
        ({"zoom": "2"}, "'zoom' does not exist"),
        ({"params_file": "/nope.yaml"}, "params_file is '/nope.yaml', which is not a file"),
        ({"bag": "/no/bag"}, "bag is '/no/bag', which does not exist"),
        ({"people_max": "many"}, "people_max is 'many', allowed is a whole number"),
    ],
    ids=str,
)
def test_what_is_mistyped_ends_the_launch(monkeypatch, launched, arguments, message):
    """Issue 27.6: privacy_mode, backend, imagetopic and params_file did nothing."""
    module = load_with_stand_ins(monkeypatch)
    with pytest.raises((RuntimeError, ValueError), match=message):
        actions_for(module, **arguments)


def test_arguments_of_a_file_that_includes_ours_are_its_own(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["ros2", "launch", "my_robot", LAUNCH_FILE.name])
    assert "Node" in actions_for(load_with_stand_ins(monkeypatch), robot_name="marvin")


def test_every_parameter_is_an_argument(monkeypatch, launched):
    module = load_with_stand_ins(monkeypatch)
    given = {"privacy_mode": "true", "backend": "eager", "network_width": "256", "mode": "every"}
    given |= {"people_max": "2", "tasks": "mask,depth", "depth_fixed_scale": "2"}
    overrides = actions_for(module, **given)["Node"].kwargs["parameters"][1]
    overrides.pop("use_sim_time")
    assert overrides == {
        "privacy_mode": True,
        "backend": "eager",
        "network.width": 256,
        "mode": "every",
        "people.max": 2,
        "tasks": ["mask", "depth"],
        "depth.fixed_scale": 2.0,
    }


def test_every_argument_is_described(monkeypatch):
    module = load_with_stand_ins(monkeypatch)
    names = [name for name, *_ in module.ARGUMENTS]
    assert len(set(names)) == len(names)
    assert all(len(text) > 5 for _, _, text, _ in module.ARGUMENTS)


def test_an_argument_left_alone_overrides_nothing(monkeypatch):
    node = actions_for(load_with_stand_ins(monkeypatch))["Node"]
    assert node.kwargs["parameters"][1] == {"use_sim_time": False}


def test_arguments_become_parameters(monkeypatch):
    module = load_with_stand_ins(monkeypatch)
    node = actions_for(module, checkpoint="/weights", device="cpu", autostart="false")["Node"]
    overrides = node.kwargs["parameters"][1]
    assert overrides == {
        "use_sim_time": False,
        "checkpoint": "/weights",
        "device": "cpu",
        "autostart": False,
    }


def test_what_else_can_be_started(monkeypatch, tmp_path):
    module = load_with_stand_ins(monkeypatch)
    assert set(actions_for(module)) <= {"Node", "SetEnvironmentVariable"}
    bag = str(tmp_path)
    flags = {"rviz": "true", "point_cloud": "true", "publish_tf": "true", "bag": bag}
    actions = actions_for(module, **flags)
    overrides = actions["Node"].kwargs["parameters"][1]
    assert overrides == {"use_sim_time": True, "publish_tf": True}
    layout = actions["rviz2"].kwargs["arguments"][1]
    assert Path(layout).is_file()
    assert ("image_rect", "depth/image_rect") in actions["point_cloud_xyz_node"].kwargs[
        "remappings"
    ]
    assert actions["ExecuteProcess"].kwargs["cmd"][:4] == ["ros2", "bag", "play", bag]


def test_what_may_not_be_installed_is_started_before_the_node_not_after(monkeypatch):
    """Where a package is missing, launch raises and leaves behind what it had started."""
    module = load_with_stand_ins(monkeypatch)
    names = list(actions_for(module, rviz="true", point_cloud="true"))
    assert names.index("Node") > max(map(names.index, ("rviz2", "point_cloud_xyz_node")))


def test_the_transport_profile_is_set_unless_the_user_has_one(monkeypatch):
    module = load_with_stand_ins(monkeypatch)
    assert "SetEnvironmentVariable" not in actions_for(module)
    monkeypatch.delenv(PROFILE)
    name, path = actions_for(module)["SetEnvironmentVariable"].args
    assert name == PROFILE
    assert Path(path).is_file()
    assert "SetEnvironmentVariable" not in actions_for(module, large_images="false")


def test_what_is_described_starts(monkeypatch, probe, tmp_path, process):
    module = load_with_stand_ins(monkeypatch)
    node = actions_for(
        module,
        namespace="front",
        node_name="eyes",
        image_topic="/camera/image",
        params_file=str(ROOT / "config" / "perception.yaml"),
    )["Node"]
    folder = Path(get_package_prefix("thfm_ros")) / "lib" / node.kwargs["package"]
    executable = folder / node.kwargs["executable"]
    assert os.access(executable, os.X_OK)
    started = process([executable, *command_line(node)], tmp_path / "launched.log")
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    assert probe.state_of("/front/eyes") == "active"
    assert started.end(signal.SIGINT) == 0


@pytest.mark.skipif(not HAS_LAUNCH, reason="launch_ros is not installed")
def test_ros2_launch_starts_the_node(probe, tmp_path, process):
    command = ["ros2", "launch", str(LAUNCH_FILE), "image_topic:=/camera/image"]
    started = process(command, tmp_path / "ros2_launch.log")
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    assert probe.state_of("/thfm/perception") == "active"
    assert started.end(signal.SIGINT, timeout_s=20) == 0
