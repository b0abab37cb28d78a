# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import threading
import time
from pathlib import Path

import pytest
import torch
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from thfm_ros.nodes.perception_node import PerceptionNode

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
SMALL = [Parameter("network.width", value=64), Parameter("network.height", value=48)]


@pytest.fixture
def node(context):
    node = PerceptionNode(parameter_overrides=SMALL)
    yield node
    node.destroy_node()


def inference_threads():
    return [thread for thread in threading.enumerate() if thread.name == "inference"]


@pytest.mark.fault("F33", "F37", "F38")
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("checkpoint", "/no/such/checkpoint", "/no/such/checkpoint"),
        ("device", "cuda:7", "cuda:7"),
        ("device", "abacus", "abacus"),
        ("network.width", 65, "size is"),
        ("window.length", 4, "window.length is 4"),
    ],
)
def test_configure_fails_naming_the_reason_and_can_be_repaired(node, name, value, problem):
    good = node.get_parameter(name)
    node.set_parameters([Parameter(name, value=value)])
    assert node.trigger_configure() == FAILURE
    assert problem in node._problem
    node.set_parameters([good])
    assert node.trigger_configure() == SUCCESS
    assert node._problem == ""


def memory_mb():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


@pytest.mark.fault("F41")
def test_fifty_rounds_through_the_lifecycle_leave_nothing_behind(context):
    small = [*SMALL, Parameter("backend", value="eager")]
    node = PerceptionNode(parameter_overrides=small)
    before = len(list(node.publishers)), len(list(node.subscriptions))
    memory = []
    for _ in range(50):
        assert node.trigger_configure() == SUCCESS
        for _ in range(2):
            assert node.trigger_activate() == SUCCESS
            assert len(inference_threads()) == 1
            assert node.trigger_deactivate() == SUCCESS
            assert inference_threads() == []
        assert node.trigger_cleanup() == SUCCESS
        memory.append(memory_mb())
    assert (len(list(node.publishers)), len(list(node.subscriptions))) == before
    assert memory[-1] - memory[20] < 30, memory
    node.destroy_node()


@pytest.mark.fault("F40")
def test_unknown_parameters_are_listed(context):
    given = [*SMALL, Parameter("window.lenght", value=9), Parameter("use_sim_time", value=False)]
    node = PerceptionNode(parameter_overrides=given)
    assert node._unknown == ["window.lenght"]
    node.destroy_node()


@pytest.mark.fault("F33")
def test_out_of_memory_at_configure_is_a_failure_that_can_be_repaired(node, monkeypatch):
    def exhausted(config):
        raise torch.OutOfMemoryError("tried to allocate 80 GiB, 2 GiB are free")

    with monkeypatch.context() as patch:
        patch.setattr("thfm_ros.nodes.perception_node.Engine", exhausted)
        assert node.trigger_configure() == FAILURE
    assert "80 GiB" in node._problem
    assert node.trigger_configure() == SUCCESS


@pytest.mark.fault("F39")
def test_a_parameter_of_the_model_is_refused_while_configured(node):
    node.trigger_configure()
    result = node.set_parameters([Parameter("tasks", value=["depth"])])[0]
    assert not result.successful
    assert "tasks can only change while unconfigured" in result.reason
    assert node.set_parameters([Parameter("publish_lazily", value=False)])[0].successful


@pytest.mark.fault("F42")
def test_shutdown_while_active_ends_the_thread(node):
    node.trigger_configure()
    node.trigger_activate()
    assert node.trigger_shutdown() == SUCCESS
    time.sleep(0.05)
    assert inference_threads() == []
