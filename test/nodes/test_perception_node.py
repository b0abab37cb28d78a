# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import queue
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
import torch
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from thfm_ros.msg import InferenceStats
from thfm_ros.nodes.images import image_message
from thfm_ros.nodes.messages import stamp_message
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
    assert problem in node.problem
    node.set_parameters([good])
    assert node.trigger_configure() == SUCCESS
    assert node.problem == ""


def test_an_empty_list_is_named(context):
    """rclpy makes of `tasks:=[]` a parameter without a value."""
    node = PerceptionNode(parameter_overrides=[*SMALL, Parameter("tasks")])
    assert node.trigger_configure() == FAILURE
    assert "tasks is empty: what to compute" in node.problem
    node.destroy_node()


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
    assert node.unknown == ["window.lenght"]
    node.destroy_node()


@pytest.mark.fault("F33")
def test_out_of_memory_at_configure_is_a_failure_that_can_be_repaired(node, monkeypatch):
    def exhausted(config):
        raise torch.OutOfMemoryError("tried to allocate 80 GiB, 2 GiB are free")

    with monkeypatch.context() as patch:
        patch.setattr("thfm_ros.runtime.engine.Engine", exhausted)
        assert node.trigger_configure() == FAILURE
    assert "80 GiB" in node.problem
    assert node.trigger_configure() == SUCCESS


@pytest.mark.fault("F80")
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("qos_overrides./thfm/image.subscription.reliability", "nonsense", "activate: Unexpected"),
        ("qos_overrides./thfm/mask/image.publisher.depth", "deep", "configure: "),
        ("image_transport", "ffmpeg", "activate: image_transport is 'ffmpeg', which needs ffmpeg_"),
    ],
)
def test_a_transition_that_fails_says_why(context, name, value, problem):
    overrides = [*SMALL, Parameter(name, value=value)]
    node = PerceptionNode(parameter_overrides=overrides, namespace="/thfm")
    try:
        results = node.trigger_configure(), node.trigger_activate()
    except Exception:  # activating what is not configured is refused by rclpy itself
        results = (FAILURE,)
    try:
        assert FAILURE in results
        assert f"cannot {problem}" in node.problem
        assert inference_threads() == []
    finally:
        node.destroy_node()


@pytest.mark.fault("F72")
@pytest.mark.parametrize("value", [12, "12", "auto"])
def test_bits_may_be_a_number_or_a_word(context, value):
    overrides = [*SMALL, Parameter("mono16_scale", value=value)]
    node = PerceptionNode(parameter_overrides=overrides)
    assert node.trigger_configure() == SUCCESS
    assert node._settings.camera.bits == (0 if value == "auto" else 12)
    node.destroy_node()


@pytest.mark.fault("F39")
def test_a_parameter_of_the_model_is_refused_while_configured(node):
    node.trigger_configure()
    result = node.set_parameters([Parameter("tasks", value=["depth"])])[0]
    assert not result.successful
    assert "tasks can only change while unconfigured" in result.reason
    assert node.set_parameters([Parameter("publish_lazily", value=False)])[0].successful


@pytest.mark.fault("F90")
def test_results_that_stop_are_told_within_stale_timeout(context, monkeypatch):
    """Issue 27.1: for 29 s nothing came, and /diagnostics were all OK."""
    node = PerceptionNode(parameter_overrides=[*SMALL, Parameter("stale_timeout_s", value=0.5)])
    node.trigger_configure()
    camera, told, may_go_on = Camera(node), queue.Queue(), threading.Event()
    slow = node._engine.perceive

    def stuck(*window):
        if camera.published > 3:
            may_go_on.wait(30)
        return slow(*window)

    monkeypatch.setattr(node._engine, "perceive", stuck)
    monkeypatch.setattr(node._diagnostics, "publish", told.put)
    node.trigger_activate()
    node.create_subscription(InferenceStats, "stats", lambda message: None, 10)
    begin, levels = time.monotonic(), []
    while time.monotonic() - begin < 8 and "no result for" not in " ".join(levels):
        camera.publish()
        rclpy.spin_once(node, timeout_sec=0.02)
        levels = [s.message for array in list(told.queue) for s in array.status if s.level != b"\0"]
    may_go_on.set()
    assert any("although images arrive" in message for message in levels)
    node.destroy_node()


@pytest.mark.fault("F35")
def test_what_a_backend_could_not_do_is_told(context, monkeypatch):
    """Its text reached nobody, although the table of faults said so."""
    node = PerceptionNode(parameter_overrides=SMALL)
    node.trigger_configure()
    backend, told = type(node._engine.backend), queue.Queue()
    monkeypatch.setattr(backend, "state", "3 graphs; mask is eager: planted", raising=False)
    monkeypatch.setattr(backend, "problem", "mask is eager: planted", raising=False)
    monkeypatch.setattr(node._diagnostics, "publish", told.put)
    node._diagnose()
    model = next(s for s in told.get().status if s.name.endswith(": model"))
    values = {pair.key: pair.value for pair in model.values}
    assert values["backend"] == "3 graphs; mask is eager: planted"
    assert "mask is eager: planted" in model.message
    node.destroy_node()


class Camera:
    """Publishes on the topic that a node listens to."""

    def __init__(self, node):
        self._publisher = node.create_publisher(Image, "image", 10)
        self.published = 0

    def publish(self):
        header = Header(stamp=stamp_message(time.time_ns()), frame_id="optical")
        picture = np.zeros((48, 64, 3), np.uint8)
        self._publisher.publish(image_message(header, picture, "rgb8"))
        self.published += 1


@pytest.mark.fault("F42")
def test_shutdown_while_active_ends_the_thread(node):
    node.trigger_configure()
    node.trigger_activate()
    assert node.trigger_shutdown() == SUCCESS
    time.sleep(0.05)
    assert inference_threads() == []
