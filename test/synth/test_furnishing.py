# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.furnishing import FROM_CAMERA_M, furnish
from thfm_ros.synth.surroundings import make_place
from thfm_ros.synth.viewpoint import CameraPath

ORIGIN, TARGET = np.array([3.0, 0, 1.0]), np.array([0, 0, 1.0])
PATH = CameraPath(ORIGIN[None], np.eye(3)[None])
SPACE = np.array([[-0.5, -0.5, 0], [3, 0.5, 1.8]])


def furnished(library, seed, kind):
    rng = np.random.default_rng(seed)
    place = make_place(library, rng, kind, SPACE, (64, 48))
    return place, furnish(library, rng, place, (), PATH, TARGET)


def test_halls_hold_more_than_corridors(library):
    counts = {
        kind: sum(len(furnished(library, seed, kind)[1]) for seed in range(15))
        for kind in ("hall", "corridor")
    }
    assert counts["hall"] > 2 * counts["corridor"] > 0


@pytest.mark.parametrize("kind", ["room", "hall"])
def test_furniture_stands_on_the_floor_away_from_the_camera(library, kind):
    for seed in range(10):
        _, standing = furnished(library, seed, kind)
        for thing in standing:
            assert thing.vertices[:, 2].min() > -0.01
            middle = (thing.vertices.min(0) + thing.vertices.max(0)) / 2
            assert np.linalg.norm(middle[:2] - ORIGIN[:2]) > FROM_CAMERA_M


def test_photographs_are_rarely_furnished(library):
    photo = [("plain", np.full((480, 640, 3), 0.5, np.float32))]
    from dataclasses import replace

    with_photo = replace(library, photos=tuple(photo))
    counts = [len(furnished(with_photo, seed, "photo")[1]) for seed in range(40)]
    assert max(counts) <= 1
    assert sum(counts) < 12
