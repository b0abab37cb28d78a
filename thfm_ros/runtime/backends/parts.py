# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A program's parts as modules of tensors in, tensors out: what a compiler can take."""

from __future__ import annotations

import torch
from torch import nn

from thfm_ros.runtime.backends.program import Program

Tensors = tuple[torch.Tensor, ...]


class Part(nn.Module):
    """One part of a program. Its weights are constants to a compiler.

    names: of the tensors that `forward` returned last
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        # In a list: tracing visits every registered module, once for each part.
        self._program = [program]
        self.names: tuple[str, ...] = ()

    @property
    def program(self) -> Program:
        """The whole, of which this is a part."""
        return self._program[0]


class Encoder(Part):
    """A whole clip, uint8 [T, H, W, 3] -> its latents."""

    def forward(self, clip: torch.Tensor) -> Tensors:
        """Return (latents,)."""
        return (self.program.encode(clip),)


class GroupEncoder(Part):
    """One latent frame's frames, uint8 [1 or 4, H, W, 3] -> its latents."""

    def forward(self, frames: torch.Tensor) -> Tensors:
        """Return (latents,)."""
        return (self.program.encode_group(frames),)


class Trunk(Part):
    """Latents -> video states, then every token group's."""

    def forward(self, latents: torch.Tensor) -> Tensors:
        """Return (video, *states), groups in the program's order."""
        video, states = self.program.trunk(latents)
        return video, *(states[name] for name in self.program.transformer.groups)


class Branch(Part):
    """The latents and what the trunk gave of them -> the outputs of one task's pass."""

    def __init__(self, program: Program, task: str) -> None:
        super().__init__(program)
        self.task = task

    def forward(self, latents: torch.Tensor, video: torch.Tensor, *states: torch.Tensor) -> Tensors:
        """Return the outputs, in the order of `names`."""
        groups = dict(zip(self.program.transformer.groups, states, strict=True))
        outputs = self.program.branch(self.task, latents, video, groups)
        self.names = tuple(outputs)
        return tuple(outputs.values())
