# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A machine that sleeps, a network that loses packets, a second node beside the first."""

import os
import signal
import time

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image

from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.msg import InferenceStats

MS = 1_000_000
PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"
LARGE = (640, 480)
EAGER = ["-p", "backend:=eager"]
LOSSY = """<dds xmlns="http://www.eprosima.com"><profiles>
<transport_descriptors><transport_descriptor>
  <transport_id>lossy</transport_id><type>UDPv4</type>
  <interfaceWhiteList><address>127.0.0.1</address></interfaceWhiteList>
  <receiveBufferSize>131072</receiveBufferSize>
</transport_descriptor></transport_descriptors>
<participant profile_name="lossy" is_default_profile="true"><rtps>
  <userTransports><transport_id>lossy</transport_id></userTransports>
  <useBuiltinTransports>false</useBuiltinTransports>
</rtps></participant></profiles></dds>"""
"""UDP with room for two of the fifteen fragments of an image: many are lost in the kernel."""


@pytest.fixture(autouse=True)
def watched(probe):
    if not probe.received:
        probe.watch("/thfm/stats", InferenceStats)
        probe.watch("/thfm/mask/image", Image)
        probe.watch("/diagnostics", DiagnosticArray)
    yield
    for messages in probe.received.values():
        messages.clear()


def await_nodes(probe, count):
    """Wait until so many nodes hear the camera and are heard."""

    def matched():
        heard = probe.node.count_publishers("/thfm/mask/image") == count
        return heard and probe.images.get_subscription_count() == count

    probe.spin_until(matched, timeout_s=120, what=f"{count} nodes")
    time.sleep(0.5)


def tiny_checkpoint(folder):
    save_checkpoint(Thfm(preset("tiny")), folder / "tiny")
    return folder / "tiny"


def first_of(stats):
    """Return the stamp of the first frame of a result's window."""
    return stats.window_first.sec * 10**9 + stats.window_first.nanosec


def stamp_of(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def results_of(probe, stamp):
    """Return the stats of a stamp, one from each node that answered."""
    return [stats for stats in probe.received["/thfm/stats"] if stamp_of(stats) == stamp]


def lost_in_transport(probe):
    counts = [
        int(pair.value)
        for array in probe.received["/diagnostics"]
        for status in array.status
        for pair in status.values
        if pair.key == "lost in transport"
    ]
    return max(counts, default=0)


@pytest.mark.fault("F53")
def test_a_machine_that_was_suspended_goes_on(probe, start_perception):
    node = start_perception(*EAGER)
    await_nodes(probe, 1)
    for _ in range(2):
        stamp = time.time_ns()
        probe.publish(stamp)
        probe.await_stamp("/thfm/stats", stamp)
    os.kill(node.popen.pid, signal.SIGSTOP)
    time.sleep(3.0)
    os.kill(node.popen.pid, signal.SIGCONT)
    woke = time.time_ns()

    def publish_and_look():
        probe.publish(time.time_ns())
        return [stats for stats in probe.received["/thfm/stats"] if stamp_of(stats) > woke]

    # The transport may need a moment, too: it had given the sleeper up.
    after = probe.spin_until(publish_and_look, what="results after the sleep")
    assert all(first_of(stats) > woke for stats in after)
    assert probe.state_of("/thfm/perception") == "active"
    assert node.end() == 0


@pytest.mark.fault("F54")
def test_packet_loss_costs_whole_images_never_parts_of_them(
    probe, start_perception, monkeypatch, tmp_path
):
    profile = tmp_path / "lossy.xml"
    profile.write_text(LOSSY)
    with monkeypatch.context() as patch:
        patch.setenv(PROFILE, str(profile))
        node = start_perception(*EAGER)
    await_nodes(probe, 1)
    # Every window is of one picture: should a part of it be missing, its mask would differ.
    picture = np.random.default_rng(0).integers(0, 256, (LARGE[1], LARGE[0], 3), np.uint8).tobytes()
    published = set()

    def ours(topic):
        return [message for message in probe.received[topic] if stamp_of(message) in published]

    def publish_and_look():
        stamp = time.time_ns()
        published.add(stamp)
        probe.publish(stamp, LARGE, data=picture)
        return len(ours("/thfm/mask/image")) >= 5 and lost_in_transport(probe) > 5

    probe.spin_until(publish_and_look, what="results and losses")
    assert len(ours("/thfm/stats")) < len(published) - 5
    assert len({bytes(mask.data) for mask in ours("/thfm/mask/image")}) == 1
    assert "refused" not in node.text()
    assert node.end() == 0


@pytest.mark.fault("F46")
def test_two_nodes_of_one_name_do_not_disturb_one_another(
    probe, start_perception, monkeypatch, tmp_path
):
    pytest.importorskip("openvino")
    with monkeypatch.context() as patch:
        # Both compile into one empty cache at the same time.
        patch.setenv("XDG_CACHE_HOME", str(tmp_path))
        compiled = ["-p", "backend:=openvino", "-p", f"checkpoint:={tiny_checkpoint(tmp_path)}"]
        nodes = [start_perception(*compiled), start_perception(*compiled)]
    await_nodes(probe, 2)
    stamp = time.time_ns()
    probe.publish(stamp)
    probe.spin_until(lambda: len(results_of(probe, stamp)) == 2, what="both results")
    assert nodes[0].end() == 0
    await_nodes(probe, 1)
    stamp = time.time_ns()
    probe.publish(stamp)
    probe.await_stamp("/thfm/stats", stamp)
    assert len(results_of(probe, stamp)) == 1
    assert nodes[1].end() == 0
    kept = [path for path in (tmp_path / "thfm_ros" / "parts").rglob("*") if path.is_file()]
    assert len(kept) == len({path.name for path in kept}) > 1
