# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.appearance import HAIR_STYLES, dress
from thfm_ros.synth.render.materials import COLUMNS


@pytest.fixture(scope="module")
def people(body):
    tiles = np.arange(5)
    return [dress(body, body.identity(k), np.random.default_rng(k), tiles) for k in range(12)]


def test_hair_styles_sum_to_one():
    assert sum(HAIR_STYLES.values()) == pytest.approx(1.0)


def test_arrays_fit_together(people):
    for person in people:
        vertices, faces = len(person.vertices), len(person.faces)
        assert person.faces.max() < vertices
        for name in ("weights", "bones", "albedo", "pattern", "canonical", "occlusion"):
            assert len(getattr(person, name)) == vertices, name
        for name in ("material", "axis", "part"):
            assert len(getattr(person, name)) == faces, name
        assert person.materials.shape[1] == COLUMNS
        assert person.material.max() < len(person.materials)


def test_every_face_is_some_body_part(people):
    assert all(person.part.min() >= 1 for person in people)


def test_covered_skin_is_left_out(body, people):
    naked = len(body.skin_faces) + len(body.eye_faces)
    for person in people:
        drawn = (person.faces < body.ranges["right_eye"].stop).all(1).sum()
        assert drawn < 0.9 * naked


def test_albedo_is_physical(people):
    for person in people:
        assert person.albedo.min() >= 0
        assert person.albedo.max() <= 1.1


def test_the_same_seed_dresses_the_same(body):
    first, second = (
        dress(body, body.identity(3), np.random.default_rng(9), np.arange(5)) for _ in range(2)
    )
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.materials, second.materials)
    assert first.outfit == second.outfit
