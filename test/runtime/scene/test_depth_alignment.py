# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest

from thfm_ros.runtime.scene.depth_alignment import (
    SURFACE_OFFSET_M,
    AlignmentPolicy,
    Anchors,
    DepthAligner,
    _around,
    anchors_from_people,
    fit_alignment,
)
from thfm_ros.runtime.scene.metric import locate

MEDIAN_M = 3.2
MS = 1_000_000


def anchors(ratio, scale=3.0, shift=0.0, noise=0.0, seed=0):
    ratio = np.asarray(ratio, float)
    random = np.random.default_rng(seed).normal(0, 1, len(ratio)) * noise
    return Anchors(ratio, scale * ratio + shift + random, np.full(len(ratio), 0.1))


def scene(people, camera, sharp=True):
    """The relative depth of people: around each landmark the skin's depth over the median."""
    ratio = np.full((camera.height, camera.width), np.nan, np.float32)
    for person in people:
        for (x, y), z in zip(person.pixels, person.metric[:, 2] - SURFACE_OFFSET_M, strict=True):
            row, column = round(float(y)), round(float(x))
            if 3 <= row < camera.height - 3 and 3 <= column < camera.width - 3:
                ratio[row - 3 : row + 4, column - 3 : column + 4] = z / MEDIAN_M
    return ratio


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "guess"}, "depth.alignment is 'guess'"),
        ({"fixed_scale": 0.0}, "depth.fixed_scale is 0.0"),
        ({"fixed_shift": float("nan")}, "depth.fixed_shift is nan"),
        ({"max_residual_m": -1.0}, "depth.max_residual_m is -1.0"),
    ],
)
def test_a_bad_policy_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        AlignmentPolicy(**changes)


@pytest.mark.fault("F32")
def test_too_few_anchors_are_no_fit():
    assert fit_alignment(anchors([1.0])) is None
    assert fit_alignment(anchors([0.8, 0.9, 1.0, 1.1, 1.2])) is None


@pytest.mark.fault("F32")
def test_anchors_at_one_distance_give_a_scale_and_no_wild_shift():
    fit = fit_alignment(anchors(np.full(12, 1.1), noise=0.01))
    assert fit.values[0] * 1.1 + fit.values[1] == pytest.approx(3.3, abs=0.02)
    assert abs(fit.values[1]) < 0.33


@pytest.mark.fault("F32")
def test_a_negative_scale_is_withheld(person_at, camera):
    person = locate(person_at((0, 0, 3)), camera)
    mirrored = 2.0 - scene((person,), camera)
    deep = replace(person, metric=person.metric * (1, 1, 8))
    depth, metric = DepthAligner(AlignmentPolicy()).align(mirrored, (deep,), None, MS)
    assert depth is None
    assert metric.source == "none"
    assert metric.anchors > 6


def test_scale_and_shift_are_found_among_outliers():
    ratio = np.linspace(0.5, 2.0, 60)
    given = anchors(ratio, scale=2.5, shift=0.2, noise=0.02)
    given.metres[::5] += 3.0
    fit = fit_alignment(given)
    np.testing.assert_allclose(fit.values @ (1.2, 1.0), 2.5 * 1.2 + 0.2, atol=0.05)
    assert fit.residual < 0.25


def test_depth_is_metres_on_the_skin(person_at, camera):
    people = tuple(
        locate(person_at(at, noise_px=1.0, seed=seed), camera)
        for seed, at in enumerate([(-0.8, 0, 2.5), (0.8, 0, 4.0)])
    )
    ratio = scene(
        tuple(locate(person_at(p), camera) for p in [(-0.8, 0, 2.5), (0.8, 0, 4.0)]), camera
    )
    depth, metric = DepthAligner(AlignmentPolicy()).align(ratio, people, None, MS)
    known = np.isfinite(ratio)
    error = np.abs(depth[known] / (ratio[known] * MEDIAN_M) - 1)
    assert error.mean() < 0.03
    assert (metric.source, metric.anchors > 20) == ("keypoints", True)
    assert np.isnan(depth[~known]).all()


def test_a_poor_fit_is_withheld(person_at, camera):
    person = locate(person_at((0, 0, 3)), camera)
    ratio = scene((person,), camera)
    noisy = ratio * np.random.default_rng(0).uniform(0.3, 2.5, ratio.shape).astype(np.float32)
    depth, metric = DepthAligner(AlignmentPolicy()).align(noisy, (person,), None, MS)
    assert depth is None
    assert metric.residual > 0.25


def test_the_filter_calms_what_jitters(person_at, camera):
    person = locate(person_at((0, 0, 3)), camera)
    ratio = scene((person,), camera)
    aligner, raw, filtered = DepthAligner(AlignmentPolicy()), [], []
    for step in range(60):
        shaken = locate(person_at((0, 0, 3), noise_px=4.0, seed=step), camera)
        raw.append(fit_alignment(anchors_from_people(ratio, (shaken,))).values @ (1, 1))
        _, metric = aligner.align(ratio, (shaken,), None, (1 + 33 * step) * MS)
        filtered.append(metric.scale + metric.shift)
    assert np.std(filtered[10:]) < 0.7 * np.std(raw[10:])
    assert np.mean(filtered[10:]) == pytest.approx(MEDIAN_M, rel=0.05)


def test_a_person_who_walks_up_is_followed(person_at, camera):
    aligner, errors = DepthAligner(AlignmentPolicy()), []
    for step in range(60):
        distance = 5.0 - step / 30
        person = locate(person_at((0, 0, distance)), camera)
        # The clip's median is what the ratio is relative to.
        ratio = scene((person,), camera) * MEDIAN_M / distance
        _, metric = aligner.align(ratio, (person,), None, (1 + 33 * step) * MS)
        errors.append((metric.scale + metric.shift) / distance - 1)
    assert np.abs(errors).max() < 0.06


def test_a_change_of_scene_is_followed_at_once(person_at, camera):
    aligner = DepthAligner(AlignmentPolicy())
    person = locate(person_at((0, 0, 3)), camera)
    ratio = scene((person,), camera)
    for step in range(10):
        aligner.align(ratio, (person,), None, (1 + 33 * step) * MS)
    _, metric = aligner.align(ratio * 0.4, (person,), None, 331 * MS)
    assert metric.scale == pytest.approx(MEDIAN_M / 0.4, rel=0.1)


def test_the_last_fit_holds_for_half_a_second(person_at, camera):
    aligner = DepthAligner(AlignmentPolicy())
    person = locate(person_at((0, 0, 3)), camera)
    ratio = scene((person,), camera)
    assert aligner.align(ratio, (person,), None, 1 * MS)[0] is not None
    assert aligner.align(ratio, (), None, 400 * MS)[0] is not None
    assert aligner.align(ratio, (), None, 700 * MS)[0] is None
    aligner.align(ratio, (person,), None, 800 * MS)
    aligner.reset()
    assert aligner.align(ratio, (), None, 801 * MS)[0] is None


def test_what_the_network_tells_is_the_scale(person_at, camera):
    person = locate(person_at((0, 0, 3)), camera)
    ratio = scene((person,), camera)
    depth, metric = DepthAligner(AlignmentPolicy()).align(
        ratio, (person,), None, MS, predicted_distance=2.0
    )
    assert (metric.scale, metric.shift, metric.source) == (2.0, 0.0, "keypoints")
    np.testing.assert_allclose(depth, 2.0 * ratio)


def test_what_the_network_tells_needs_no_landmarks_and_holds_for_half_a_second():
    ratio = np.ones((4, 4), np.float32)
    aligner = DepthAligner(AlignmentPolicy())
    assert (aligner.align(ratio, (), None, 1000 * MS, predicted_distance=2.0)[0] == 2.0).all()
    assert (aligner.align(ratio, (), None, 1400 * MS)[0] == 2.0).all()
    assert aligner.align(ratio, (), None, 1600 * MS)[0] is None


@pytest.mark.parametrize("source", ["none", "fixed", "sensor"])
def test_what_the_network_tells_does_not_outdo_another_source(source):
    ratio = np.linspace(0.5, 1.5, 100, dtype=np.float32).reshape(10, 10)
    policy = AlignmentPolicy(source, fixed_scale=3.0)
    sensor = 3 * ratio if source == "sensor" else None
    depth, _ = DepthAligner(policy).align(ratio, (), sensor, MS, predicted_distance=2.0)
    assert depth is None if source == "none" else np.allclose(depth, 3 * ratio, atol=1e-3)


def test_a_depth_sensor_is_another_source():
    ratio = np.linspace(0.5, 2, 4800, dtype=np.float32).reshape(60, 80)
    sensor = 1.7 * ratio + np.random.default_rng(0).normal(0, 0.02, ratio.shape)
    sensor[:10] = 0.0
    sensor[10:20] = np.nan
    aligner = DepthAligner(AlignmentPolicy("sensor"))
    depth, metric = aligner.align(ratio, (), sensor.astype(np.float32), MS)
    np.testing.assert_allclose(depth, 1.7 * ratio, rtol=0.02)
    assert metric.source == "sensor"
    assert DepthAligner(AlignmentPolicy("sensor")).align(ratio, (), None, MS)[0] is None


def test_fixed_and_none():
    ratio = np.array([[0.1, 1.0]], np.float32)
    depth, metric = DepthAligner(AlignmentPolicy("fixed", 2.0, -0.5)).align(ratio, (), None, MS)
    np.testing.assert_allclose(depth, [[np.nan, 1.5]])
    assert metric.source == "parameter"
    depth, metric = DepthAligner(AlignmentPolicy("none")).align(ratio, (), None, MS)
    assert (depth, metric.source) == (None, "none")


def test_an_anchors_depth_is_the_median_of_what_is_known_around_it():
    values = np.arange(20, dtype=np.float32).reshape(4, 5)
    values[1, 1] = np.nan
    found = _around(values, np.array([(0.2, -0.4), (2.0, 2.0), (4.4, 3.0), (40.0, 2.0)]))
    np.testing.assert_array_equal(found, [1.0, 12.5, 16.0, np.nan])
