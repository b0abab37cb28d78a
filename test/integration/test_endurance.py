# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera at 60 Hz in front of a slower model: memory stays flat, age stays bounded."""

import json
import statistics
import time
from pathlib import Path

import pytest
from sensor_msgs.msg import Image

from thfm_ros.msg import InferenceStats, Keypoints3D

RATE_HZ = 60
SETTLED_S = 5
REPORT = Path(__file__).resolve().parents[2] / "docs" / "data" / "endurance.json"


def memory_mb(process):
    status = Path(f"/proc/{process.popen.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def spin_to(probe, moment):
    probe.spin_until(lambda: time.monotonic() > moment, what="the next frame")


def endure(probe, process, seconds):
    """Publish for so long; return what was measured once a second, after the start has settled."""
    for topic, kind in {"stats": InferenceStats, "keypoints3d": Keypoints3D}.items():
        probe.watch(f"/thfm/{topic}", kind)
    for topic in ("depth_relative/image", "normals/image", "overlay/image"):
        probe.watch(f"/thfm/{topic}", Image)
    probe.spin_until(lambda: probe.images.get_subscription_count(), what="the subscription")
    probe.spin_until(probe.watched_by_publishers, what="the publishers")
    begin, sent, memory, ages, results = time.monotonic(), 0, [], [], 0
    while (elapsed := time.monotonic() - begin) < seconds + SETTLED_S:
        probe.publish(time.time_ns())
        sent += 1
        spin_to(probe, begin + sent / RATE_HZ)
        if sent % RATE_HZ == 0 and elapsed > SETTLED_S:
            memory.append(memory_mb(process))
            ages += [stats.age_ms for stats in probe.received["/thfm/stats"]]
            results += len(probe.received["/thfm/stats"])
            for messages in probe.received.values():
                messages.clear()
    third = max(1, len(memory) // 3)
    return {
        "seconds": seconds,
        "sent": sent,
        "results": results,
        "memory_mb": {
            "first_third": round(statistics.median(memory[:third]), 1),
            "last_third": round(statistics.median(memory[-third:]), 1),
            "highest": round(max(memory), 1),
        },
        "age_ms": {
            "median": round(statistics.median(ages), 1),
            "highest": round(max(ages), 1),
        },
    }


@pytest.mark.fault("F19")
@pytest.mark.parametrize(
    "seconds", [15, pytest.param(600, marks=pytest.mark.slow)], ids=["short", "ten_minutes"]
)
def test_memory_is_flat_and_results_are_young_at_60_hz(probe, start_perception, seconds):
    measured = endure(probe, start_perception(), seconds)
    if seconds >= 600:
        REPORT.write_text(json.dumps(measured, indent=2) + "\n")
    memory = measured["memory_mb"]
    assert memory["last_third"] - memory["first_third"] < 15, measured
    # Generous: other processes may hold the cores.
    assert measured["results"] > seconds / 4, measured
    assert measured["age_ms"]["median"] < 3000, measured
