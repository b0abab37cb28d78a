# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton


def rest_matrices(body):
    return np.tile(np.eye(4, dtype=np.float32)[:3], (1, len(body.bone_names), 1, 1))


def test_an_unknown_identity_is_refused(body):
    with pytest.raises(ValueError, match=r"identity is 60, allowed is 0\.\.59"):
        body.identity(body.identity_count)


def test_identities_are_people_of_different_height(body):
    flesh = body.ranges["body"]
    heights = [np.ptp(body.identity(n).vertices[flesh, 2]) for n in range(body.identity_count)]
    assert 1.0 < min(heights) < max(heights) < 2.3
    assert np.std(heights) > 0.05


def test_landmark_weights_sum_to_one_and_follow_skeleton_order(body):
    assert np.allclose(body.landmark_weights.sum(1), 1)
    assert [str(name) for name in body.landmark_names] == list(skeleton.LANDMARKS)


def test_landmarks_lie_where_anatomy_says(body):
    points = body.landmarks(body.template, rest_matrices(body))[0]
    at = {name: points[k] for k, name in enumerate(skeleton.LANDMARKS)}
    assert at["nose"][2] > at["mouth_left"][2] > at["left_shoulder"][2] > at["left_hip"][2]
    assert at["left_hip"][2] > at["left_knee"][2] > at["left_ankle"][2] > at["left_heel"][2]
    assert at["left_eye_inner"][0] < at["left_eye"][0] < at["left_eye_outer"][0]
    assert at["left_foot_index"][1] < at["left_heel"][1], "toes point forward (-y)"
    assert at["nose"][1] < at["left_ear"][1]


def test_landmarks_are_mirror_images(body):
    points = body.landmarks(body.template, rest_matrices(body))[0]
    mirrored = points[list(skeleton.MIRROR)] * [-1, 1, 1]
    assert np.abs(points - mirrored).max() < 0.004


def test_landmarks_move_exactly_with_a_rigid_motion(body):
    matrices = rest_matrices(body)
    matrices[..., 3] = [1.0, 2.0, 3.0]
    moved = body.landmarks(body.template, matrices)
    still = body.landmarks(body.template, rest_matrices(body))
    assert np.allclose(moved - still, [1, 2, 3], atol=1e-5)


def test_canonical_coordinates_tell_left_from_right_and_up_from_down(body):
    canonical = body.canonical
    assert canonical.min() >= 0
    assert canonical.max() <= 1
    left_hand = body.landmark_vertices[skeleton.INDEX["left_index"], 0]
    nose = body.landmark_vertices[skeleton.INDEX["nose"], 0]
    heel = body.landmark_vertices[skeleton.INDEX["left_heel"], 0]
    assert canonical[left_hand, 0] > 0.6
    assert abs(canonical[nose, 0] - 0.5) < 0.01
    assert canonical[nose, 2] > 0.85 > 0.1 > canonical[heel, 2]
