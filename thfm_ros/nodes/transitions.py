# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Lifecycle transitions that say why they fail: rclpy swallows what their callbacks raise."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.lifecycle import TransitionCallbackReturn


class Transitions:
    """Does the work of transitions, and remembers why one failed.

    problem: why the node is not as it should be; "" = nothing failed since it was last configured
             or activated
    """

    def __init__(self, log: RcutilsLogger) -> None:
        self._log = log
        self.problem = ""

    def do(
        self, what: str, work: Callable[[], None], clean_up: Callable[[], None]
    ) -> TransitionCallbackReturn:
        """Do what makes the node work; if that fails, clean up and return FAILURE."""
        self.problem = ""
        if self.undo(what, work) == TransitionCallbackReturn.SUCCESS:
            return TransitionCallbackReturn.SUCCESS
        first = self.problem
        self.undo("clean up", clean_up)
        self.problem = first
        return TransitionCallbackReturn.FAILURE

    def undo(
        self,
        what: str,
        work: Callable[[], None],
        failed: TransitionCallbackReturn = TransitionCallbackReturn.ERROR,
    ) -> TransitionCallbackReturn:
        """Do what takes back; `failed` if that fails. It clears no problem: nothing works after."""
        try:
            work()
        except Exception as error:
            self.problem = f"cannot {what}: {str(error) or type(error).__name__}"
            self._log.error(self.problem)
            return failed
        return TransitionCallbackReturn.SUCCESS
