# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest


def smpl_model(joints):
    """Return a body whose joint j is its vertex j; shape moves everything to the right."""
    rest = np.random.default_rng(0).normal(scale=0.3, size=(joints, 3))
    shapes = np.zeros((joints, 3, 10))
    shapes[:, 0, 0] = 1
    parents = np.array([-1, *(max(0, j - 3) for j in range(1, joints))])
    tree = np.stack([parents, np.arange(joints)]).astype(np.int64)
    return {
        "v_template": rest,
        "shapedirs": shapes,
        "J_regressor": np.eye(joints),
        "kintree_table": tree,
    }


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    for name, joints in (("SMPL_MALE", 24), ("SMPLX_NEUTRAL", 55)):
        np.savez(folder / f"{name}.npz", **smpl_model(joints))
    return folder
