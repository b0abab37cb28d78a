# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from thfm_ros.camera import Intrinsics
from thfm_ros.perception import LandmarkState
from thfm_ros.runtime.scene.depth_alignment import SURFACE_OFFSET_M
from thfm_ros.runtime.scene.metric import MIN_LANDMARKS, fit_root, locate

FAR_LEFT = (-1.2, 0.3, 4.0)


def blinded(person, keep):
    """The same person with all but `keep` landmarks absent."""
    state = person.state.copy()
    state[keep:] = LandmarkState.ABSENT
    return replace(person, state=state)


def test_too_few_landmarks_are_no_place(person_at, camera):
    person = blinded(person_at((0, 0, 3)), MIN_LANDMARKS - 1)
    assert fit_root(person, camera) is None
    assert locate(person, camera) is person


def test_landmarks_in_one_spot_are_no_place(person_at, camera):
    pixels = np.full((33, 2), 200.0, np.float32)
    assert fit_root(replace(person_at((0, 0, 3)), pixels=pixels), camera) is None


def test_contradicting_2d_and_3d_are_no_place(person_at, camera):
    person = person_at((0, 0, 3))
    shuffled = np.random.default_rng(0).permutation(person.pixels)
    assert fit_root(replace(person, pixels=shuffled), camera) is None


@pytest.mark.parametrize("position", [(0, 0, 3), FAR_LEFT, (0.2, 0.2, 1.0), (1.0, -0.3, 12.0)])
def test_without_noise_the_place_is_exact(person_at, camera, position):
    person = locate(person_at(position), camera)
    np.testing.assert_allclose(person.root, position, atol=1e-4)
    np.testing.assert_allclose(person.metric - person.relative, [position] * 33, atol=1e-3)


def told(person, distance, camera):
    """The person with a network's word for how far away the visible body's median is."""
    return replace(person, metres_per_pixel=distance / camera.fx)


def test_a_told_distance_and_landmarks_meet_in_between(person_at, camera):
    person = person_at((0.3, 0, 3))
    far = locate(told(person, 3.6, camera), camera)
    assert 3.1 < far.root[2] < 3.5
    assert far.root[0] / far.root[2] == pytest.approx(0.1, abs=0.01)
    assert (far.sigma < locate(person, camera).sigma).all()


def test_a_told_distance_that_agrees_changes_little(person_at, camera):
    person = person_at((0, 0, 3))
    skin = np.median(person.relative[:, 2] - SURFACE_OFFSET_M)
    assert locate(told(person, 3 + skin, camera), camera).root[2] == pytest.approx(3, abs=1e-3)


def test_a_told_distance_puts_nobody_behind_the_camera(person_at, camera):
    person = person_at((0, 0, 1.2))
    near = locate(told(person, 0.01, camera), camera)
    assert near.metric[:, 2].min() > 0.1


def test_a_third_of_wrong_landmarks_is_outvoted(person_at, camera):
    person = person_at(FAR_LEFT, noise_px=1.0)
    pixels = person.pixels.copy()
    pixels[::3] += np.random.default_rng(0).normal(0, 60, pixels[::3].shape)
    fit = fit_root(replace(person, pixels=pixels), camera)
    assert np.linalg.norm(fit.position - FAR_LEFT) < 0.1


@pytest.mark.parametrize(
    ("model", "coefficients"),
    [
        ("plumb_bob", (-0.3, 0.1, 0.001, -0.001, 0.0)),
        ("rational_polynomial", (0.5, 0.1, 0.0, 0.0, 0.01, 0.6, 0.2, 0.02)),
    ],
)
@pytest.mark.fault("F14")
def test_distortion_is_undone(person_at, camera, model, coefficients):
    bent = replace_distortion(camera, model, coefficients)
    person = person_at((-0.8, 0.2, 2.5), bent)
    np.testing.assert_allclose(fit_root(person, bent).position, (-0.8, 0.2, 2.5), atol=2e-3)
    ignored = fit_root(person, camera)
    assert ignored is None or np.linalg.norm(ignored.position - (-0.8, 0.2, 2.5)) > 0.02


def replace_distortion(camera, model, coefficients):
    return Intrinsics(camera.fx, camera.fy, camera.cx, camera.cy, 640, 480, coefficients, model)


@pytest.mark.parametrize("distance", [2.0, 4.0, 6.0])
def test_the_error_is_what_sigma_says(person_at, camera, distance):
    position = np.array((0.3, 0.1, distance))
    errors, sigmas = [], []
    for seed in range(40):
        fit = fit_root(person_at(position, noise_px=2.0, noise_m=0.02, seed=seed), camera)
        errors.append(np.linalg.norm(fit.position - position))
        sigmas.append(fit.sigma)
    assert np.sqrt(np.mean(np.square(errors))) < 1.2 * np.median(sigmas)
    assert np.median(errors) < 0.03 * distance


def test_a_landmark_that_does_not_fit_is_less_certain(person_at, camera):
    person = person_at((0, 0, 3), noise_px=0.5)
    person.pixels[15] += 60.0
    sigma = locate(person, camera).sigma
    assert sigma[15] > 1.5 * np.delete(sigma, 15).max()


def test_what_is_absent_stays_nan(person_at, camera):
    person = person_at((0, 0, 3))
    person.relative[4], person.state[4] = np.nan, LandmarkState.ABSENT
    located = locate(person, camera)
    assert np.isnan(located.metric[4]).all()
    assert np.isnan(located.sigma[4])
    assert np.isfinite(np.delete(located.metric, 4, 0)).all()


def test_landmarks_that_lie_on_one_ray_say_nothing(person_at, camera):
    person = person_at((0, 0, 3))
    person.pixels[:] = (400.0, 300.0)
    assert fit_root(person, camera) is None
