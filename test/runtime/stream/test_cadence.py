# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.runtime.stream.cadence import Cadence

MS = 1_000_000


def watch(stamps_ms, arrivals_ms=None):
    cadence = Cadence()
    for stamp, arrival in zip(stamps_ms, arrivals_ms or stamps_ms, strict=True):
        cadence.observe(round(stamp * MS), arrival / 1000)
    return cadence


def test_nothing_is_known_of_a_single_frame():
    assert watch([5]).rate_hz == 0.0


def test_an_even_stream_loses_nothing():
    cadence = watch([1000 + i * 33.3 for i in range(40)])
    assert cadence.rate_hz == pytest.approx(30.03, rel=1e-3)
    assert cadence.lost == 0


@pytest.mark.fault("F17")
def test_gaps_are_counted_in_frames():
    kept = [i for i in range(60) if i not in (20, 31, 32)]
    assert watch([1000 + i * 33.3 for i in kept]).lost == 3


def test_jitter_pauses_and_jumps_are_no_loss():
    jittery = [1000 + i * 33.3 + (7 if i % 3 else -7) for i in range(40)]
    assert watch([*jittery, 60_000, 60_033, 500]).lost == 0


@pytest.mark.fault("F22")
@pytest.mark.parametrize("silent_ms", [700, 1500, 4000])
@pytest.mark.parametrize("period_ms", [33.3, 66.7])
def test_a_camera_that_restarts_is_a_pause_and_no_loss(silent_ms, period_ms):
    """Issue 27.2: a restart was reported as 20 to 46 frames lost in transport."""
    before = [1000 + i * 33.3 for i in range(40)]
    cadence = watch([*before, *(before[-1] + silent_ms + i * period_ms for i in range(40))])
    assert (cadence.lost, cadence.pauses) == (0, 1)
    assert cadence.last_pause == f"they paused for {silent_ms / 1000:.1f} s"


@pytest.mark.fault("F27")
@pytest.mark.parametrize("jump_ms", [1000, 3_600_000, -5000])
def test_a_jump_of_the_stamps_is_no_loss(jump_ms):
    arrivals = [1000 + i * 33.3 for i in range(80)]
    stamps = [1e7 + arrival + (jump_ms if i >= 40 else 0) for i, arrival in enumerate(arrivals)]
    cadence = watch(stamps, arrivals)
    assert (cadence.lost, cadence.pauses) == (0, 1)
    assert "stamps jumped by" in cadence.last_pause


@pytest.mark.parametrize("period_ms", [500, 600, 1000, 5000])
def test_a_slow_camera_has_a_rate_and_pauses_once_at_most(period_ms):
    """At 2 Hz each image "arrived again after a pause" in diagnostics, for ever."""
    cadence = watch(range(0, 30 * period_ms, period_ms))
    assert cadence.pauses <= 1
    assert cadence.lost == 0
    assert cadence.rate_hz == pytest.approx(1e3 / period_ms)


def test_late_and_repeated_stamps_are_no_loss():
    even = [1000 + i * 33.3 for i in range(40)]
    odd = [*even[:20], even[18], even[19], *even[20:]]
    assert (watch(odd).lost, watch(odd).pauses) == (0, 0)
