# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import numpy as np
import pytest
import torch

from thfm_ros import tasks
from thfm_ros.tasks.depth import Depth
from thfm_ros.tasks.depth_code import DepthCode


@pytest.mark.parametrize("names", [(), ("depht",), ("mask", "mask")])
def test_bad_task_list_is_named(names):
    with pytest.raises(ValueError, match=r"tasks is .*allowed are distinct names"):
        tasks.check_tasks(names)


def test_six_standard_tasks_and_distinct_dense_prompts():
    assert tasks.STANDARD == (
        "depth", "normals", "mask", "dense_pose", "keypoints2d", "keypoints3d",
    )  # fmt: skip
    assert set(tasks.TASKS) >= set(tasks.STANDARD)
    assert len({task.prompt for task in tasks.DENSE.values()}) == len(tasks.DENSE)


def painted_and_read(task, values):
    return task.read(0.7 * task.paint(values) if task.is_direction else task.paint(values))


def values_of(task, shape=(4, 5, 6)):
    values = torch.rand(2, task.channels, *shape)
    if task.is_label:
        return (values * 15).floor()
    return torch.nn.functional.normalize(values * 2 - 1, dim=1) if task.is_direction else values


@pytest.mark.parametrize("name", [name for name in tasks.DENSE if name != "depth"])
def test_what_is_painted_is_read_again(name):
    task = tasks.DENSE[name]
    values = values_of(task)
    painted = task.paint(values)
    assert painted.shape == (2, 3, 4, 5, 6)
    assert painted.abs().max() <= 1
    assert (painted_and_read(task, values) - values).abs().max() < 1e-6


@pytest.mark.parametrize("colours", ["grey", "cube"])
def test_depth_is_read_as_the_codes_value(colours):
    task = Depth(DepthCode("log_ratio", 0.4, colours))
    ratio = torch.rand(2, 1, 4, 5, 6) + 0.5
    value = task.code.value(ratio)
    assert (task.read(task.paint(ratio)) - value).abs().max() < 1e-5
    far = torch.full((1, 1, 1, 2, 2), torch.inf)
    assert (task.read(task.paint(far)) == 1).all()


@pytest.mark.parametrize("name", tasks.DENSE)
def test_a_map_has_its_channels_last(name):
    task = tasks.DENSE[name]
    shape = (2, 4, 6) if task.channels == 1 else (2, 4, 6, 3)
    assert task.read_map(torch.rand(3, 2, 4, 6)).shape == shape


@pytest.mark.parametrize("colours", ["grey", "cube"])
@pytest.mark.parametrize("name", tasks.DENSE)
def test_a_perfect_painting_loses_least(name, colours):
    """A bug of issue 24: trained on, cube-coloured depth learned grey and was read as cube."""
    task = Depth(DepthCode(colours=colours)) if name == "depth" else tasks.DENSE[name]
    values, people = values_of(task, (1, 8, 8)), torch.ones(2, 1, 1, 8, 8)
    target = tasks.Target(values, task.paint(values), people, people)
    rgb = task.paint(values).clone().requires_grad_()
    best = task.loss(rgb, target)
    assert best.shape == (2,)
    worse = task.loss((rgb + 0.3 * torch.randn_like(rgb)).clamp(-1, 1), target)
    assert (worse > best).all()
    worse.sum().backward()
    assert torch.isfinite(rgb.grad).all()


@pytest.mark.parametrize("name", tasks.DENSE)
def test_mirrored_twice_is_as_it_was(name):
    task = tasks.DENSE[name]
    values = np.random.default_rng(0).random((2, 4, 6, task.channels), np.float32)
    values = np.floor(15 * values) if task.is_label else values
    people = np.ones((2, 4, 6), bool)
    twice = task.mirrored(task.mirrored(values, people), people)
    assert np.abs(twice - values).max() < 1e-6


def test_the_tasks_load_without_torch():
    """What a compiled model needs of them does not take torch's seconds."""
    script = "import sys, thfm_ros.tasks, thfm_ros.perception; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
