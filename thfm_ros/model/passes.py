# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which passes of the transformer tasks need, and which outputs of them were asked for."""

from __future__ import annotations

from typing import TypeVar

from thfm_ros import tasks as task_table
from thfm_ros.model.config import ThfmConfig

Value = TypeVar("Value")


def passes(config: ThfmConfig, tasks: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return which passes the tasks need: the task whose prompt runs -> the token groups that ride.

    Sparse tasks ride on the checkpoint's `token_task`, or have one pass of their own.
    """
    needed = {task: () for task in tasks if task in task_table.DENSE}
    if any(task in task_table.SPARSE for task in tasks):
        carrier = config.token_task or "keypoints2d"
        needed[carrier] = tuple(group.name for group in config.tokens)
    return needed


def asked_for(tasks: tuple[str, ...], outputs: dict[str, Value]) -> dict[str, Value]:
    """Return the outputs that some tasks asked for: passes give more than that."""
    sparse = any(task in task_table.SPARSE for task in tasks)
    return {
        name: value
        for name, value in outputs.items()
        if name in tasks or (sparse and name not in task_table.DENSE)
    }
