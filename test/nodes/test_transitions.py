# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Transitions that fail say why; the errors are raised in the place of a device's or of DDS's."""

import threading

import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from thfm_ros.nodes.perception_node import PerceptionNode

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
ERROR = TransitionCallbackReturn.ERROR
SMALL = {"checkpoint": "random", "network.width": 64, "network.height": 48, "backend": "eager"}


def fail(*_):
    raise RuntimeError("the device is gone")


@pytest.fixture
def node(context):
    values = [Parameter(name, value=value) for name, value in SMALL.items()]
    node = PerceptionNode(parameter_overrides=values)
    assert node.trigger_configure() == SUCCESS
    yield node
    node.destroy_node()


@pytest.mark.fault("F80")
@pytest.mark.parametrize(
    ("broken", "transition", "result", "state", "problem"),
    [
        ("camera", "deactivate", ERROR, "unconfigured", "cannot deactivate"),
        ("engine", "cleanup", ERROR, "unconfigured", "cannot clean up"),
        ("outputs", "cleanup", ERROR, "unconfigured", "cannot clean up"),
        ("camera", "shutdown", FAILURE, "finalized", "cannot shut down"),
        ("engine", "shutdown", FAILURE, "finalized", "cannot shut down"),
    ],
)
def test_what_ends_badly_says_why_and_leaves_nothing_running(
    node, monkeypatch, broken, transition, result, state, problem
):
    """Issue 23.4: rclpy swallowed it without a word."""
    if broken == "camera":
        node.trigger_activate()
        monkeypatch.setattr(node._stream.camera, "close", fail)
    else:
        monkeypatch.setattr(getattr(node, f"_{broken}"), "close", fail)
    told = []
    monkeypatch.setattr(node._diagnostics, "publish", told.append)
    assert getattr(node, f"trigger_{transition}")() == result
    assert node.problem == f"{problem}: the device is gone"
    node._diagnose()
    assert node.problem in told[-1].status[0].message
    assert node._state_machine.current_state[1] == state
    assert not [thread for thread in threading.enumerate() if thread.name == "inference"]
    assert (node._engine, node._outputs, node._settings) == (None, None, None)
    if state == "unconfigured":
        assert node.trigger_configure() == SUCCESS
        assert node.problem == ""


@pytest.mark.fault("F80")
def test_a_failure_after_a_failure_does_not_hide_the_first(node, monkeypatch):
    node.trigger_cleanup()
    monkeypatch.setattr(node, "_release", fail)
    node.set_parameters([Parameter("checkpoint", value="/no/such/folder")])
    assert node.trigger_configure() == FAILURE
    assert "/no/such/folder" in node.problem
