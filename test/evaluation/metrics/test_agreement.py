# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.metrics import agreement

CAMERA = Intrinsics(200, 210, 79.5, 59.5, 160, 120)
BODY = np.random.default_rng(0).normal(scale=0.3, size=(33, 3))


def test_too_few_landmarks_say_nothing():
    pixels = np.full((33, 2), np.nan)
    assert np.isnan(agreement.reprojection_error(BODY, pixels, CAMERA))


def test_a_pose_behind_the_camera_says_nothing():
    pixels = CAMERA.project(BODY * (-1, -1, 1) + (0, 0, 3))
    assert np.isnan(agreement.reprojection_error(5 * BODY, pixels, CAMERA))


def test_the_translation_is_found():
    place = np.array([0.3, -0.2, 2.5])
    pixels = CAMERA.project(BODY + place)
    assert np.allclose(agreement.fit_translation(BODY, pixels, CAMERA), place)
    assert agreement.reprojection_error(BODY, pixels, CAMERA) < 1e-9


def test_another_pose_costs_pixels():
    pixels = CAMERA.project(BODY + np.array((0, 0, 3)))
    bent = BODY.copy()
    bent[11] += (0.3, 0, 0)
    cost = agreement.reprojection_error(bent, pixels, CAMERA)
    assert 0.1 < cost < 2 * 0.3 * 200 / 3 / 33 + 1


def test_hand_counted_landmarks_in_the_mask():
    mask = np.zeros((20, 20))
    mask[5:10, 5:10] = 1
    pixels = np.array([[7, 7], [11, 7], [15, 7], [0, 0]])
    assert agreement.landmarks_in_mask(pixels, mask, 0) == 0.25
    assert agreement.landmarks_in_mask(pixels, mask, 2.1) == 0.5
    assert agreement.landmarks_in_mask(pixels, np.zeros((20, 20)), 50) == 0
    assert np.isnan(agreement.landmarks_in_mask(pixels[:0], mask, 1))


def test_hand_counted_mask_in_boxes():
    mask = np.zeros((20, 20))
    mask[0:10, 0:10] = 1
    assert agreement.mask_in_boxes(mask, np.array([[0, 0, 5, 20]])) == 0.5
    assert agreement.mask_in_boxes(mask, np.zeros((0, 4))) == 0
    assert np.isnan(agreement.mask_in_boxes(0 * mask, np.array([[0, 0, 5, 20]])))


def tilted_plane(tilt_deg, scale=1.0):
    """A plane through (0, 0, 2) tilted about x; its normal faces the camera."""
    normal = np.array([0, np.sin(np.radians(tilt_deg)), -np.cos(np.radians(tilt_deg))])
    rays = CAMERA.back_project(np.ones((120, 160)))
    return scale * 2 * normal[2] / (rays @ normal), normal


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_normals_of_a_tilted_plane(scale):
    depth, normal = tilted_plane(30, scale)
    found = agreement.normals_from_depth(depth, CAMERA)
    assert np.allclose(found[10:-10, 10:-10], normal, atol=1e-6)
    assert np.isnan(found[0]).all()


def test_hand_computed_depth_normal_angle():
    depth, _ = tilted_plane(30)
    facing = np.broadcast_to(np.array([0.0, 0, -1]), (120, 160, 3))
    assert agreement.depth_normal_angle(depth, facing, CAMERA) == pytest.approx(30, abs=1e-4)


def test_an_edge_between_two_surfaces_has_no_normal():
    depth = np.where(np.arange(160) < 80, 1.0, 3.0) * np.ones((120, 1))
    found = agreement.normals_from_depth(depth, CAMERA)
    assert np.isnan(found[60, 79:81]).all()
    assert np.isfinite(found[60, 70]).all()
