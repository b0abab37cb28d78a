# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.evaluation.joints import BODY33, JOINT_SETS, LSP14, SMPL24, hips
from thfm_ros.evaluation.truth import Truth


def test_an_unknown_joint_set_is_refused():
    with pytest.raises(ValueError, match=r"Truth\.joints is 'toes', allowed is one of"):
        Truth(joints="toes")


@pytest.mark.parametrize("joints", JOINT_SETS.values(), ids=lambda joints: joints.name)
def test_every_joint_set_has_hips_and_weights_that_sum_to_one(joints):
    assert hips(joints)
    assert np.allclose(joints.matrix().sum(1), 1)


def test_our_own_landmarks_stay_as_they_are():
    points = np.random.default_rng(0).random((33, 3))
    assert np.array_equal(BODY33.apply(points), points)


def test_sizes_and_hips_are_those_of_the_protocols():
    assert len(LSP14.joints) == 14
    assert hips(LSP14) == (3, 2)
    assert len(SMPL24.joints) == 24
    assert hips(SMPL24) == (1, 2)


def test_smpl_joints_of_an_upright_body_are_in_order_from_hips_to_neck():
    points = np.zeros((33, 3))
    points[:, 1] = 0.5
    for name in ("left_shoulder", "right_shoulder"):
        points[skeleton.INDEX[name], 1] = -0.5
    heights = dict(zip(SMPL24.joints, SMPL24.apply(points)[:, 1], strict=True))
    order = [heights[name] for name in ("pelvis", "spine1", "spine2", "spine3", "neck")]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 5
