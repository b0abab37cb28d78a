# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starting, failing, repairing and ending perception_node from outside."""

import signal
import time
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import CompressedImage

from thfm_ros.msg import InferenceStats, Keypoints2D

NODE = "/thfm/perception"


def change(probe, transition):
    client = probe.node.create_client(ChangeState, f"{NODE}/change_state")
    assert client.wait_for_service(30)
    request = ChangeState.Request(transition=Transition(id=transition))
    return probe.call(client, request).success


def set_parameter(probe, name, value):
    client = probe.node.create_client(SetParameters, f"{NODE}/set_parameters")
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return probe.call(client, request).results[0]


@pytest.mark.fault("F37")
def test_a_missing_checkpoint_leaves_a_living_node_that_can_be_repaired(probe, start_perception):
    process = start_perception("-p", "checkpoint:=/no/such/folder")
    probe.watch("/diagnostics", DiagnosticArray)

    def named():
        return any(
            "cannot configure" in status.message and "/no/such/folder" in status.message
            for array in probe.received["/diagnostics"]
            for status in array.status
        )

    probe.spin_until(named, what="the reason on /diagnostics")
    assert probe.state_of(NODE) == "unconfigured"
    assert "/no/such/folder" in process.text()
    assert set_parameter(probe, "checkpoint", "").successful
    assert change(probe, Transition.TRANSITION_CONFIGURE)
    assert change(probe, Transition.TRANSITION_ACTIVATE)
    assert probe.state_of(NODE) == "active"
    assert process.end(signal.SIGINT) == 0
    assert "Traceback" not in process.text()


def states_until(probe, last, done=lambda: True):
    """Ask node early for its state until it is the last one, and done; each answer is quick."""
    client = probe.node.create_client(GetState, "/thfm/early/get_state")
    assert client.wait_for_service(30)
    states, longest = [], 0.0
    while not states or states[-1] != last or not done():
        begin = time.monotonic()
        states.append(probe.call(client, GetState.Request()).current_state.label)
        longest = max(longest, time.monotonic() - begin)
        time.sleep(0.02)
    assert longest < 2.0
    return states


def test_services_are_answered_while_the_node_configures(probe, start_perception):
    """Issue 27.10: `ros2 lifecycle get` and `ros2 param get` were silent until it was done.

    At its start, and when a service call configures it; a signal ends it meanwhile, too.
    """
    process = start_perception("-r", "__node:=early", "-p", "backend:=eager")
    assert "configuring" in states_until(probe, "active")
    client = probe.node.create_client(ChangeState, "/thfm/early/change_state")
    assert client.wait_for_service(30)

    def ask(transition):
        request = ChangeState.Request(transition=Transition(id=transition))
        return client.call_async(request)

    for transition in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP):
        answered = ask(transition)
        probe.spin_until(answered.done, what="the transition")
    answered = ask(Transition.TRANSITION_CONFIGURE)
    assert "configuring" in states_until(probe, "inactive", answered.done)
    assert answered.result().success
    answered = ask(Transition.TRANSITION_CLEANUP)
    probe.spin_until(answered.done, what="the transition")
    ask(Transition.TRANSITION_CONFIGURE)
    states_until(probe, "configuring")
    begin = time.monotonic()
    assert process.end(signal.SIGINT) == 0
    assert time.monotonic() - begin < 2.0
    assert "Traceback" not in process.text()


@pytest.mark.fault("F39")
def test_a_parameter_out_of_range_is_one_line_and_an_exit_status(start_perception):
    process = start_perception("-p", "min_score:=7.0")
    assert process.popen.wait(60) == 1
    assert "min_score" in process.text()
    assert "Traceback" not in process.text()


@pytest.mark.fault("F40")
def test_a_mistyped_parameter_is_one_line_and_an_exit_status(start_perception):
    """Issue 27.6: a node whose privacy_mode was mistyped ran without it."""
    process = start_perception("-p", "privacy_mod:=true")
    assert process.popen.wait(60) == 1
    assert "'privacy_mod' does not exist; did you mean 'privacy_mode'?" in process.text()
    assert "Traceback" not in process.text()


@pytest.mark.fault("F42")
def test_sigterm_during_inference_ends_the_node_within_two_seconds(probe, start_perception):
    process = start_perception("-p", "publish_lazily:=false", "-p", "mode:=every")
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    for index in range(10):
        probe.publish(time.time_ns() + index)
    begin = time.monotonic()
    assert process.end(signal.SIGTERM) == 0
    assert time.monotonic() - begin < 2.0
    assert "Traceback" not in process.text()


@pytest.mark.parametrize("ready", ["loading libraries", "preparing backend", "active: waiting"])
def test_a_node_that_ends_leaves_no_shared_memory(probe, start_perception, ready):
    before = segments()
    process = start_perception("-r", "__node:=guest")
    probe.spin_until(lambda: segments() - before, what="the node's segment")
    probe.spin_until(lambda: ready in process.text(), what="the node")
    assert process.end(signal.SIGINT) == 0
    assert segments() <= before
    assert "Traceback" not in process.text()


def segments():
    """Return Fast DDS's segments of shared memory, one for each participant that lives."""
    return {path.name for path in Path("/dev/shm").glob("fastdds_" + 16 * "[0-9a-f]")}


@pytest.fixture(scope="module")
def compressed(probe):
    return probe.node.create_publisher(CompressedImage, "/camera/image/compressed", 10)


@pytest.mark.fault("F09")
def test_compressed_images_in_mode_every(probe, compressed, start_perception):
    import cv2
    import numpy as np

    start_perception("-p", "image_transport:=compressed", "-p", "mode:=every")
    probe.watch("/thfm/keypoints2d", Keypoints2D)
    probe.watch("/thfm/stats", InferenceStats)
    probe.spin_until(lambda: compressed.get_subscription_count(), what="the subscription")
    probe.spin_until(probe.watched_by_publishers, what="the publishers")
    time.sleep(0.5)
    jpeg = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
    begin = time.time_ns()
    for index in range(12):
        message = CompressedImage(format="jpeg", data=jpeg if index != 5 else jpeg[:100])
        stamp = begin + index * 33_000_000
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 10**9)
        compressed.publish(message)
        time.sleep(0.02)
    stats = probe.await_stamp("/thfm/stats", begin + 11 * 33_000_000)
    assert (stats.frames_received, stats.frames_dropped) == (12, 1)
    assert len(probe.received["/thfm/stats"]) == 11
