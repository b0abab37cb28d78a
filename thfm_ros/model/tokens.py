# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learnable tokens that ride along with the video latents."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.config import TokenGroup, TransformerConfig
from thfm_ros.model.heads import Evidence, Reading, build_head
from thfm_ros.model.rope import frame_times, rotary_table


class Tokens(nn.Module):
    """One group of tokens: their content, their rotary positions and their output norm.

    Content does not depend on the frame: tokens of different frames are told apart by position
    alone. The spatial position is learned, in patch units (row, column) of the grid that the
    weights were trained for; on another grid it is at the same share of the picture.

    grid:     (rows, columns) that the weights are for
    features: how many the codec's decoder has at 1/4 resolution; 0 = it has none
    """

    def __init__(
        self, group: TokenGroup, config: TransformerConfig, grid: tuple[float, float], features: int
    ) -> None:
        super().__init__()
        self.group = group
        self.grid = grid
        self.head_dim = config.head_dim
        self.content = nn.Parameter(torch.randn(group.per_step, config.dim) * 0.02)
        centre = torch.tensor([grid[0] / 2, grid[1] / 2])
        self.position = nn.Parameter(centre.repeat(group.per_step, 1))
        self.scale_shift_table = nn.Parameter(torch.randn(2, config.dim) / config.dim**0.5)
        self.head = build_head(group, config.dim, features)

    def states(self, batch: int, frames: int, latents: int) -> torch.Tensor:
        """Return the tokens that enter the first block, [batch, steps * per_step, dim]."""
        return self.content.repeat(self._steps(frames, latents), 1).expand(batch, -1, -1)

    def rotary(
        self, frames: int, latents: int, grid: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return their rotary table for a clip: its frames, latent frames, and patch grid."""
        steps = self._steps(frames, latents)
        if self.group.step == "frame":
            times = frame_times(frames, latents, self.position.device)
        else:
            times = torch.arange(steps, device=self.position.device)
        times = times.to(self.position.dtype).repeat_interleave(self.group.per_step)
        down, across = (actual / trained for actual, trained in zip(grid, self.grid, strict=True))
        position = torch.stack([self.position[:, 0] * down, self.position[:, 1] * across], -1)
        return rotary_table(
            torch.cat([times[:, None], position.repeat(steps, 1)], -1), self.head_dim
        )

    def read(self, states: torch.Tensor, evidence: Evidence, frames: int) -> Reading:
        """Read states [B, N, dim] out as [B, frames, joints, values], the newest so many frames.

        Returns also the heat maps over which a body group's landmarks were found, for training.
        """
        newest = frames if self.group.step == "frame" else evidence.grid[0]
        states = states[:, -newest * self.group.per_step :]
        values, maps = self.head(self._norm(states).type_as(evidence.video), evidence)
        return values[:, -frames:], maps

    def _norm(self, states: torch.Tensor) -> torch.Tensor:
        shift, scale = self.scale_shift_table.unbind(0)
        return F.layer_norm(states.float(), states.shape[-1:], eps=1e-6) * (1 + scale) + shift

    def _steps(self, frames: int, latents: int) -> int:
        return frames if self.group.step == "frame" else latents
