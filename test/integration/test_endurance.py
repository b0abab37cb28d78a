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
SETTLED_RESULTS = 60
REPORT = Path(__file__).resolve().parents[2] / "docs" / "data" / "endurance.json"


def memory_mb(process):
    status = Path(f"/proc/{process.popen.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def send_next(probe, begin, sent):
    """Send a frame and wait until the next is due."""
    probe.publish(time.time_ns())
    due = begin + (sent + 1) / RATE_HZ
    probe.spin_until(lambda: time.monotonic() > due, what="the next frame")


def taken(probe):
    """Return the statistics that came since the last call; all messages are forgotten."""
    stats = list(probe.received["/thfm/stats"])
    for messages in probe.received.values():
        messages.clear()
    return stats


def settle(probe):
    begin, sent, results = time.monotonic(), 0, 0
    while time.monotonic() - begin < SETTLED_S or results < SETTLED_RESULTS:
        send_next(probe, begin, sent)
        sent += 1
        results += len(taken(probe))


def endure(probe, process, seconds):
    """Publish for so long; return what was measured once a second, after the start has settled.

    The heap grows until every kind of moment has come once, and on a busy machine moments are rare:
    settling takes results, not only seconds.
    """
    for topic, kind in {"stats": InferenceStats, "keypoints3d": Keypoints3D}.items():
        probe.watch(f"/thfm/{topic}", kind)
    for topic in ("depth_relative/image", "normals/image", "overlay/image"):
        probe.watch(f"/thfm/{topic}", Image)
    probe.spin_until(
        lambda: probe.images.get_subscription_count(), timeout_s=180, what="the subscription"
    )
    probe.spin_until(probe.watched_by_publishers, what="the publishers")
    settle(probe)
    begin, sent, memory, results = time.monotonic(), 0, [], []
    while (elapsed := time.monotonic() - begin) < seconds:
        send_next(probe, begin, sent)
        sent += 1
        if sent % RATE_HZ == 0:
            memory.append(memory_mb(process))
            results += taken(probe)
    ages = [stats.age_ms for stats in results]
    third = max(1, len(memory) // 3)
    return {
        "seconds": seconds,
        "sent": sent,
        "results": len(results),
        "period_ms": round(1e3 * elapsed / sent, 1),
        "work_ms": round(statistics.median(work_ms(stats) for stats in results), 1),
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


def work_ms(stats):
    """What a result costs the inference thread."""
    return stats.preprocess_ms + stats.inference_ms + stats.postprocess_ms + stats.publish_ms


@pytest.mark.fault("F19")
@pytest.mark.parametrize(
    "seconds", [30, pytest.param(600, marks=pytest.mark.slow)], ids=["short", "ten_minutes"]
)
def test_memory_is_flat_and_results_are_young_at_60_hz(probe, start_perception, seconds):
    measured = endure(probe, start_perception(), seconds)
    if seconds >= 600:
        REPORT.write_text(json.dumps(measured, indent=2) + "\n")
    memory = measured["memory_mb"]
    assert memory["last_third"] - memory["first_third"] < 15, measured
    # By what this machine took in this very run, be it slow or busy. The newest frame is worked on
    # at once when the work before is done, so that its age is one piece of work and a period; the
    # thread that works has little else to do.
    work, period = measured["work_ms"], measured["period_ms"]
    assert measured["age_ms"]["median"] < 1.5 * work + 3 * period, measured
    assert measured["results"] > 0.7 * 1e3 * seconds / max(work, period), measured
