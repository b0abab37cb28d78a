# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.runtime.scene.motion import SIGHTING_SIGMA, Motion


def walk(steps, noise=0.0):
    """A filter that saw someone walk at 1.2 m/s along x, 30 times a second."""
    random = np.random.default_rng(0)
    motion = Motion(np.zeros(2))
    for step in range(1, steps + 1):
        motion.predict(1 / 30)
        position = np.array((1.2 * step / 30, 0.0)) + random.normal(0, 1, 2) * noise
        motion.correct(position, SIGHTING_SIGMA)
    return motion


def test_the_velocity_is_learned():
    np.testing.assert_allclose(walk(60, noise=0.02).velocity, (1.2, 0.0), atol=0.25)


def test_what_is_not_seen_goes_on_and_grows_uncertain():
    motion = walk(60)
    before, sigma = motion.position[0], motion.sigma
    motion.predict(0.5)
    assert motion.position[0] - before == pytest.approx(0.6, rel=0.1)
    assert motion.sigma > 3 * sigma


def test_a_filter_is_calmer_than_what_it_sees():
    errors = [walk(60 + n, noise=0.05).position[1] for n in range(20)]
    assert np.std(errors) < 0.05


def test_another_unit():
    motion = walk(60)
    position, velocity = motion.position.copy(), motion.velocity.copy()
    motion.rescale(2.0)
    np.testing.assert_allclose((motion.position, motion.velocity), (2 * position, 2 * velocity))
