# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which tasks run in which window: costly ones need not run in every one."""

from __future__ import annotations

from dataclasses import dataclass, field

from thfm_ros import tasks as task_table


@dataclass(frozen=True)
class Schedule:
    """A task runs in every n-th window; tasks that are not named run in every one.

    every: task name -> n
    """

    every: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.every:
            task_table.check_tasks(tuple(self.every), "schedule")
        for task, windows in self.every.items():
            if windows < 1:
                raise ValueError(f"schedule.{task} is {windows}, allowed is 1 or more")

    def due(self, tasks: tuple[str, ...], window: int) -> tuple[str, ...]:
        """Return those of the tasks that run in a stream's window, counted from 0."""
        return tuple(task for task in tasks if window % self.every.get(task, 1) == 0)
