# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from thfm_ros import tasks
from thfm_ros.depth_code import DepthCode


@pytest.mark.parametrize("names", [(), ("depht",), ("mask", "mask")])
def test_bad_task_list_is_named(names):
    with pytest.raises(ValueError, match=r"tasks is .*allowed are distinct names"):
        tasks.check_tasks(names)


def test_six_tasks_and_distinct_dense_prompts():
    assert list(tasks.TASKS) == [
        "depth", "normals", "mask", "dense_pose", "keypoints2d", "keypoints3d",
    ]  # fmt: skip
    assert len({tasks.TASKS[name].prompt for name in tasks.DENSE}) == 4


def test_sparse_task_has_no_map():
    with pytest.raises(ValueError, match="keypoints2d"):
        tasks.decode_dense("keypoints2d", torch.zeros(3, 1, 2, 2), DepthCode())


def test_normals_round_trip():
    normals = torch.nn.functional.normalize(torch.randn(2, 3, 4, 5, 6), dim=1)
    noisy = tasks.encode_normals(normals) * 0.7
    assert (tasks.decode_normals(noisy) - normals).abs().max() < 1e-6


def test_mask_round_trip():
    mask = torch.rand(2, 4, 5, 6)
    assert (tasks.decode_mask(tasks.encode_mask(mask)) - mask).abs().max() < 1e-6


def test_dense_pose_round_trip():
    position = torch.rand(2, 3, 4, 5, 6)
    decoded = tasks.decode_dense_pose(tasks.encode_dense_pose(position))
    assert (decoded - position).abs().max() < 1e-6
