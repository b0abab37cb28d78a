# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.tasks import DENSE


def test_nan_is_black_everywhere():
    nothing = np.full((4, 6), np.nan, np.float32)
    vectors = np.full((4, 6, 3), np.nan, np.float32)
    assert (DENSE["depth"].picture(nothing) == 0).all()
    assert (DENSE["normals"].picture(vectors) == 0).all()
    assert (DENSE["dense_pose"].picture(vectors) == 0).all()


def test_constant_depth_does_not_divide_by_zero():
    assert DENSE["depth"].picture(np.full((4, 6), 2.0, np.float32)).shape == (4, 6, 3)


def test_near_is_warm_and_far_is_cold():
    near, far = DENSE["depth"].picture(np.float32([[1.0, 5.0]]))[0]
    assert near[0] > near[2]
    assert far[2] > far[0]


def test_a_surface_that_faces_the_camera_is_blue():
    facing = np.zeros((1, 1, 3), np.float32)
    facing[..., 2] = -1
    assert DENSE["normals"].picture(facing)[0, 0].tolist() == [127, 127, 255]


def test_mask_is_grey():
    assert DENSE["mask"].picture(np.float32([[0, 0.5, 1]]))[0].tolist() == [
        [0] * 3,
        [127] * 3,
        [255] * 3,
    ]
