# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
from pathlib import Path

import pytest
import yaml
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.nodes import parameters, settings
from thfm_ros.options import OPTIONS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def node(context):
    node = LifecycleNode("perception")
    parameters.declare(node)
    yield node
    node.destroy_node()


def flat(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def test_the_shipped_file_says_exactly_what_the_node_declares():
    tree = yaml.safe_load((ROOT / "config" / "perception.yaml").read_text())
    shipped = dict(flat(tree["/**"]["ros__parameters"]))
    declared = {option.name: option.default for option in OPTIONS}
    assert shipped == {name: _as_yaml(default) for name, default in declared.items()}


def _as_yaml(default):
    return list(default) if isinstance(default, tuple) else default


@pytest.mark.fault("F39")
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("mode", "newest", "mode is 'newest'"),
        ("resize_mode", "zoom", "resize_mode is 'zoom'"),
        ("image_transport", "theora", "image_transport is 'theora'"),
        ("tasks", ["depth", "smell"], r"tasks is \['depth', 'smell'\]"),
        ("tasks", ["depth", "depth"], "tasks is"),
        ("window.length", 6, "window.length is 6"),
        ("network.width", 256, "network.width, network.height are"),
    ],
)
def test_a_wrong_value_is_named_at_configure(node, name, value, reason):
    node.set_parameters([Parameter(name, value=value)])
    with pytest.raises(ValueError, match=reason):
        settings.read(node)


@pytest.mark.fault("F39")
@pytest.mark.parametrize(
    ("name", "value"),
    [("min_score", 1.5), ("window.length", -1), ("stale_timeout_s", 0.0), ("threads", "many")],
)
def test_out_of_range_and_wrong_types_are_refused_at_once(node, name, value):
    result = node.set_parameters([Parameter(name, value=value)])[0]
    assert not result.successful
    assert result.reason


def test_the_defaults_are_valid(node):
    found = settings.read(node)
    assert found.engine.size is None
    assert found.intake.mode == "latest"
    assert found.intake.context == found.engine.window.length


def test_windows_are_as_long_as_the_checkpoint_was_trained_for(node, tmp_path):
    config = dataclasses.replace(preset("tiny"), frames=9)
    save_checkpoint(Thfm(config), tmp_path)
    node.set_parameters([Parameter("checkpoint", value=str(tmp_path))])
    assert settings.read(node).engine.window.length == 9
    node.set_parameters([Parameter("window.length", value=1)])
    assert settings.read(node).engine.window.length == 1


def test_settings_follow_the_parameters(node):
    changes = {"network.width": 64, "network.height": 48, "mode": "every", "tasks": ["mask"]}
    node.set_parameters([Parameter(name, value=value) for name, value in changes.items()])
    found = settings.read(node)
    assert found.engine.size == (64, 48)
    assert found.engine.tasks == ("mask",)
    assert found.intake.mode == "every"


@pytest.mark.fault("F39")
def test_what_was_used_at_configure_cannot_change_later():
    change = Parameter("checkpoint", value="/other")
    refused = parameters.judge_change([change], configured=True)
    assert not refused.successful
    assert "checkpoint can only change while unconfigured" in refused.reason
    assert parameters.judge_change([change], configured=False).successful
    lazily = Parameter("publish_lazily", value=False)
    assert parameters.judge_change([lazily], configured=True).successful


def test_every_parameter_is_described(node):
    for declaration in OPTIONS:
        assert len(node.describe_parameter(declaration.name).description) > 15
