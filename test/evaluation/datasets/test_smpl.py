# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.evaluation.datasets.smpl import SmplSkeleton


def test_a_posed_skeleton_turns_about_its_joints(models):
    skeleton = SmplSkeleton(models / "SMPL_MALE.npz")
    rest = np.load(models / "SMPL_MALE.npz")["v_template"]
    assert np.allclose(skeleton.joints(np.zeros(10), np.zeros(72), np.zeros(3)), rest)
    shaped = skeleton.joints([2.0], np.zeros(72), (0, 1, 0))
    assert np.allclose(shaped, rest + np.array((2, 1, 0)))
    pose = np.zeros((24, 3))
    pose[0] = (0, 0, np.pi / 2)
    turned = skeleton.joints(np.zeros(10), pose, np.zeros(3))
    assert np.allclose(turned - turned[0], (rest - rest[0])[:, [1, 0, 2]] * (-1, 1, 1))
    pose[:] = 0
    pose[1] = (1, 0, 0)
    bent = skeleton.joints(np.zeros(10), pose, np.zeros(3))
    assert np.allclose(bent[1], rest[1])
    assert np.linalg.norm(bent[4] - bent[1]) == pytest.approx(np.linalg.norm(rest[4] - rest[1]))
