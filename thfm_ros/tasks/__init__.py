# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is predicted: one file a task, and all that is particular to it in that file.

The prompts of depth and normals are GenCeption's; THFM's other strings are not public, ours follow
them.
"""

from __future__ import annotations

from thfm_ros.tasks.dense_pose import DensePose
from thfm_ros.tasks.depth import Depth
from thfm_ros.tasks.keypoints import Keypoints2D, Keypoints3D
from thfm_ros.tasks.mask import Mask
from thfm_ros.tasks.normals import Normals
from thfm_ros.tasks.parts import Parts
from thfm_ros.tasks.task import DenseTask, Planes, SparseTask, Target, Task

__all__ = ["DenseTask", "Planes", "SparseTask", "Target", "Task"]

TASKS: dict[str, Task] = {
    task.name: task
    for task in (Depth(), Normals(), Mask(), DensePose(), Parts(), Keypoints2D(), Keypoints3D())
}
DENSE: dict[str, DenseTask] = {
    name: task for name, task in TASKS.items() if isinstance(task, DenseTask)
}
SPARSE = tuple(name for name, task in TASKS.items() if isinstance(task, SparseTask))
STANDARD = ("depth", "normals", "mask", "dense_pose", "keypoints2d", "keypoints3d")
"""What is computed unless something else is asked for; of other tasks, weights may have some."""
STANDARD_MAPS = {name: DENSE[name] for name in STANDARD if name in DENSE}
NEUTRAL_PROMPT = "Input: RGB."
"""Runs through the blocks that a checkpoint shares between tasks (`shared_blocks`)."""


def check_tasks(names: tuple[str, ...], field: str = "tasks") -> None:
    """Raise ValueError unless names are known, distinct and at least one."""
    unknown = [name for name in names if name not in TASKS]
    if unknown or not names or len(set(names)) != len(names):
        raise ValueError(f"{field} is {list(names)}, allowed are distinct names of {list(TASKS)}")
