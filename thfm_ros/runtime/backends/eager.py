# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PyTorch as it is: works everywhere, compiles nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.base import BackendChoice
from thfm_ros.runtime.backends.group_cache import GroupCache
from thfm_ros.runtime.backends.program import Program


class EagerBackend:
    """Runs the folded model op by op."""

    name = "eager"
    state = problem = ""

    def __init__(
        self, model: Thfm, choice: BackendChoice, reason: str, tasks: tuple[str, ...], last: int
    ) -> None:
        self.reason = reason
        self._device = choice.torch_device()
        self.device = str(self._device)
        if choice.threads and self._device.type == "cpu":
            torch.set_num_threads(choice.threads)
        self._tasks = tasks
        self._program = Program(model.to(self._device), tasks, last)
        self._groups = GroupCache(self._encode_group) if model.codec.chunk_local else None

    def prepare(self, shape: tuple[int, int, int, int]) -> None:
        """Run once: the first run of anything is slow."""
        self.run(np.zeros(shape, np.uint8), self._tasks)

    @torch.inference_mode()
    def run(
        self, clip: np.ndarray, tasks: tuple[str, ...], serials: Sequence[int] = ()
    ) -> dict[str, np.ndarray]:
        """Run some tasks on a clip, uint8 [T, H, W, 3]."""
        if self._groups is not None and len(serials):
            latents = torch.cat(self._groups.latents(clip, serials), 2)
        else:
            latents = self._program.encode(self._upload(clip))
        outputs = self._program.perceive(latents, tasks)
        return {name: value.cpu().numpy() for name, value in outputs.items()}

    def idle(self) -> None:
        """Nothing is ever put off."""

    def close(self) -> None:
        """Forget the program and the model."""
        self._program = self._groups = None

    def _encode_group(self, frames: np.ndarray) -> torch.Tensor:
        return self._program.encode_group(self._upload(frames))

    def _upload(self, frames: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(frames).to(self._device)
