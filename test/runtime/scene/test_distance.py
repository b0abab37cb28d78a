# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.runtime.scene.distance import DistanceFilter

RATE_HZ = 15


def follow(distances, noise=0.0, seed=0):
    """Return the filtered distances of frames at 15 Hz."""
    shaken = distances * np.exp(np.random.default_rng(seed).normal(0, 1, len(distances)) * noise)
    one = DistanceFilter()
    return np.array([one.update(d, 1 + round(1e9 * k / RATE_HZ)) for k, d in enumerate(shaken)])


def test_the_first_frame_is_believed():
    assert follow(np.array([2.7]))[0] == pytest.approx(2.7)


def test_jitter_is_calmed():
    found = follow(np.full(60, 3.0), noise=0.08)
    assert np.std(np.log(found[10:])) < 0.06
    assert np.mean(found[10:]) == pytest.approx(3.0, rel=0.03)


def test_who_walks_up_is_followed_without_lag():
    walk = 5.0 - 1.4 * np.arange(40) / RATE_HZ
    assert np.abs(follow(walk) / walk - 1).max() < 0.05


def test_other_people_are_believed_at_once():
    found = follow(np.r_[np.full(20, 5.0), np.full(3, 1.5)])
    assert found[20] == pytest.approx(1.5)


@pytest.mark.parametrize("stamp_ns", [10_000_000_000, 0])
def test_after_a_gap_or_a_jump_back_it_starts_anew(stamp_ns):
    one = DistanceFilter()
    one.update(3.0, 1_000_000_000)
    assert one.update(3.5, stamp_ns) == pytest.approx(3.5)


def test_a_reset_forgets():
    one = DistanceFilter()
    one.update(3.0, 1)
    one.reset()
    assert one.update(3.5, 2) == pytest.approx(3.5)
