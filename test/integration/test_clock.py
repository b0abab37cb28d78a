# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated time: a clock that is not there, stands still, jumps back, or is switched on."""

import math
import time

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock

from thfm_ros.msg import InferenceStats, Keypoints2D
from thfm_ros.nodes.messages import stamp_message

S = 10**9
MS = 1_000_000


@pytest.fixture(scope="module")
def running(probe, start_perception):
    start_perception("-p", "use_sim_time:=true")
    probe.watch("/thfm/keypoints2d", Keypoints2D)
    probe.watch("/thfm/stats", InferenceStats)
    probe.watch("/diagnostics", DiagnosticArray)
    probe.clock = probe.node.create_publisher(Clock, "/clock", 10)
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    probe.spin_until(probe.watched_by_publishers, what="the publishers")
    probe.spin_until(lambda: probe.clock.get_subscription_count(), what="the clock's listener")
    time.sleep(0.5)
    return probe


def play(probe, begin_ns, frames):
    """Publish images with their clock; return the stats of the last one."""
    for index in range(frames):
        stamp = begin_ns + index * 33 * MS
        probe.clock.publish(Clock(clock=stamp_message(stamp)))
        probe.publish(stamp)
        time.sleep(0.033)
    return probe.await_stamp("/thfm/stats", stamp)


@pytest.mark.fault("F28")
def test_before_the_clock_starts_images_are_answered_and_nothing_divides_by_zero(running):
    stamp = 50 * S
    running.publish(stamp)
    stats = running.await_stamp("/thfm/stats", stamp)
    assert math.isnan(stats.age_ms)
    running.spin_until(lambda: running.received["/diagnostics"], what="diagnostics")


@pytest.mark.fault("F25")
def test_a_bag_that_loops_starts_the_stream_anew(running):
    first = play(running, 100 * S, 24)
    assert first.frames_padded == 0
    again = play(running, 100 * S + MS, 24)
    assert again.frames_padded == 0
    # No window of the second round holds a frame of the first.
    offsets = {stats.window_first.nanosec % (33 * MS) for stats in second_round(running)}
    assert offsets == {MS}


def second_round(probe):
    stamps = [stats.header.stamp for stats in probe.received["/thfm/stats"]]
    return [
        stats
        for stats, stamp in zip(probe.received["/thfm/stats"], stamps, strict=True)
        if stamp.sec == 100 and stamp.nanosec % (33 * MS) == MS
    ]


@pytest.mark.fault("F28")
def test_diagnostics_go_on_while_the_clock_stands_still(running):
    running.received["/diagnostics"].clear()
    running.spin_until(lambda: len(running.received["/diagnostics"]) >= 2, 10, "diagnostics")


@pytest.mark.fault("F29")
def test_simulated_time_can_be_switched_off(running):
    client = running.node.create_client(SetParameters, "/thfm/perception/set_parameters")
    assert client.wait_for_service(30)
    off = Parameter("use_sim_time", value=False).to_parameter_msg()
    result = running.call(client, SetParameters.Request(parameters=[off])).results[0]
    assert result.successful
    stamp = time.time_ns()
    running.publish(stamp)
    stats = running.await_stamp("/thfm/stats", stamp)
    assert 0 < stats.age_ms < 60_000
