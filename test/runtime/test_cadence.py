# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.runtime.cadence import Cadence

MS = 1_000_000


def watch(stamps_ms):
    cadence = Cadence()
    for stamp in stamps_ms:
        cadence.observe(round(stamp * MS))
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
