# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch as it is: works everywhere, compiles nothing."""

from __future__ import annotations

import numpy as np
import torch

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.base import BackendChoice
from thfm_ros.runtime.program import Program

_MAX_PROGRAMS = 4


class EagerBackend:
    """Runs the folded model op by op; keeps a few programs, one per set of tasks."""

    name = "eager"

    def __init__(self, model: Thfm, choice: BackendChoice, reason: str) -> None:
        self.reason = reason
        self._device = choice.torch_device()
        self._model = model.to(self._device)
        self._programs: dict[tuple[str, ...], Program] = {}
        if choice.threads and self._device.type == "cpu":
            torch.set_num_threads(choice.threads)

    def run(self, clip: np.ndarray, tasks: tuple[str, ...]) -> dict[str, np.ndarray]:
        """Run the tasks on a clip, uint8 [T, H, W, 3]."""
        program = self._program(tasks)
        with torch.inference_mode():
            outputs = program(torch.from_numpy(clip).to(self._device))
            return {name: value.cpu().numpy() for name, value in outputs.items()}

    def close(self) -> None:
        """Forget the programs and the model."""
        self._programs.clear()
        self._model = None

    def _program(self, tasks: tuple[str, ...]) -> Program:
        if tasks not in self._programs:
            while len(self._programs) >= _MAX_PROGRAMS:
                self._programs.pop(next(iter(self._programs)))
            self._programs[tasks] = Program(self._model, tasks)
        return self._programs[tasks]
