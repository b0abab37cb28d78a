# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.synth.rotations import aligning, euler, yaw


def test_aligning_turns_one_direction_into_the_other(rng):
    for _ in range(20):
        a, b = rng.normal(size=(2, 3))
        turned = aligning(a, b) @ (a / np.linalg.norm(a))
        assert np.allclose(turned, b / np.linalg.norm(b), atol=1e-9)


def test_opposite_directions_align_too():
    assert np.allclose(
        aligning(np.array([0, 0, 1.0]), np.array([0, 0, -1.0])) @ [0, 0, 1], [0, 0, -1]
    )


def test_euler_keeps_leading_axes():
    assert euler("x", np.zeros((4, 2))).shape == (4, 2, 3, 3)
    assert euler("xyz", np.zeros((5, 3))).shape == (5, 3, 3)
    assert np.allclose(euler("z", 0.3), yaw(0.3))
