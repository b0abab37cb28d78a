# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.perception import LandmarkState
from thfm_ros.synth.labels import label_landmarks
from thfm_ros.synth.render.frame import Layers

K = Intrinsics(50, 50, 31.5, 23.5, 64, 48)


def layers(depth, instance):
    shape = (48, 64)
    plane = np.zeros(shape, np.uint8)
    return Layers(
        np.full(shape, depth, np.float32),
        np.zeros((*shape, 3), np.float32),
        np.full(shape, 255, np.uint8),
        np.full(shape, instance, np.uint8),
        plane,
        np.zeros((*shape, 3), np.float32),
    )


def points(x=0.0, y=0.0, z=2.0):
    return np.tile(np.array([x, y, z], np.float32), (skeleton.COUNT, 1))


@pytest.mark.parametrize(
    ("where", "surface", "owner", "expected"),
    [
        ({"z": -1.0}, 2.0, 1, LandmarkState.ABSENT),
        ({"x": 5.0}, 2.0, 1, LandmarkState.OUT_OF_VIEW),
        ({}, 1.98, 1, LandmarkState.VISIBLE),
        ({}, 1.0, 1, LandmarkState.OCCLUDED),
        ({}, 1.95, 2, LandmarkState.OCCLUDED),
        ({}, 0.0, 0, LandmarkState.VISIBLE),
        ({}, 9.0, 0, LandmarkState.VISIBLE),
    ],
)
def test_states(where, surface, owner, expected):
    _, state = label_landmarks(points(**where), K, layers(surface, owner), 1)
    assert (state == expected).all()


def test_a_joint_may_lie_deeper_under_the_skin_than_the_nose():
    _, state = label_landmarks(points(), K, layers(1.9, 1), 1)
    assert state[skeleton.INDEX["left_hip"]] == LandmarkState.VISIBLE
    assert state[skeleton.INDEX["nose"]] == LandmarkState.OCCLUDED


def test_pixels_are_the_projection_and_absent_ones_are_zero():
    where = points(0.1, -0.2, 2.0)
    where[0, 2] = -1
    pixels, _ = label_landmarks(where, K, layers(2.0, 1), 1)
    assert np.allclose(pixels[1:], K.project(where[1:]), atol=1e-4)
    assert (pixels[0] == 0).all()
