# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.perception import LandmarkState
from thfm_ros.synth.clips import ClipSettings, make_clip
from thfm_ros.synth.quadrupeds import SHOULDER_HEIGHT_M, capsule, cast, make_quadruped


def _volume(vertices, faces):
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.einsum("fk,fk->", a, np.cross(b, c)) / 6


@pytest.mark.parametrize("end", [(0, 0, 1), (0, -0.6, 0.8), (1, 0, 0)])
def test_a_capsule_is_closed_faces_outwards_and_has_its_radii(end):
    start, end = np.zeros(3), np.array(end, float)
    vertices, faces = capsule(start, end, (0.2, 0.2))
    exact = np.pi * 0.2**2 + 4 / 3 * np.pi * 0.2**3
    assert _volume(vertices, faces) == pytest.approx(exact, rel=0.1)
    along = vertices @ end
    assert along.min() == pytest.approx(-0.2)
    assert along.max() == pytest.approx(1.2)


def test_a_quadruped_stands_on_the_ground_and_is_longer_than_wide():
    for seed in range(5):
        body = make_quadruped(np.random.default_rng(seed))
        width, length, height = np.ptp(body.vertices, axis=0)
        assert body.vertices[:, 2].min() == 0
        assert SHOULDER_HEIGHT_M[0] * 0.7 < height < SHOULDER_HEIGHT_M[1] * 2
        assert length > 2 * width
        assert body.faces.max() == len(body.vertices) - 1


def test_clips_of_quadrupeds_have_masks_and_geometry_but_no_landmarks(library):
    clip = make_clip(library, 3, ClipSettings((96, 72), 1), "person", "room", cast=cast)
    assert clip.about["outfits"][0] == "quadruped"
    inside = clip.mask > 127
    assert inside.mean() > 0.02
    assert (clip.landmark_state == LandmarkState.ABSENT).all()
    assert np.allclose(np.linalg.norm(clip.normals[inside], axis=-1), 1, atol=1e-3)
