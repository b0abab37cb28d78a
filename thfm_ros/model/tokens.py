# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Learnable tokens that ride along with the video latents, and the heads that read them out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.config import TEMPORAL_STRIDE, TokenGroup, TransformerConfig
from thfm_ros.model.rope import frame_times, rotary_table


class Tokens(nn.Module):
    """One group of tokens: their content, their rotary positions and their output norm.

    Content does not depend on the frame: tokens of different frames are told apart by position
    alone. The spatial position is learned, in patch units (row, column).
    """

    def __init__(self, group: TokenGroup, config: TransformerConfig, grid: tuple[int, int]) -> None:
        super().__init__()
        self.group = group
        self.head_dim = config.head_dim
        self.content = nn.Parameter(torch.randn(group.per_step, config.dim) * 0.02)
        centre = torch.tensor([grid[0] / 2, grid[1] / 2])
        self.position = nn.Parameter(centre.repeat(group.per_step, 1))
        self.scale_shift_table = nn.Parameter(torch.randn(2, config.dim) / config.dim**0.5)
        kind = BodyHead if group.meaning == "body" else LinearHead
        self.head = kind(group, config.dim)

    def states(self, batch: int, frames: int, latents: int) -> torch.Tensor:
        """Return the tokens that enter the first block, [batch, steps * per_step, dim]."""
        return self.content.repeat(self._steps(frames, latents), 1).expand(batch, -1, -1)

    def rotary(self, frames: int, latents: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return their rotary table for a clip of so many frames and latent frames."""
        steps = self._steps(frames, latents)
        if self.group.step == "frame":
            times = frame_times(frames, latents).to(self.position.device)
        else:
            times = torch.arange(steps, device=self.position.device)
        times = times.to(self.position.dtype).repeat_interleave(self.group.per_step)
        return rotary_table(
            torch.cat([times[:, None], self.position.repeat(steps, 1)], -1), self.head_dim
        )

    def read(
        self, states: torch.Tensor, video: torch.Tensor, grid: tuple[int, ...]
    ) -> torch.Tensor:
        """Read states [B, N, dim] out as [B, frames, joints, values].

        video: the final video states [B, T'*h*w, dim], grid: their (T', h, w)
        """
        return self.head(self._norm(states).type_as(video), video, grid)

    def read_with_attention(
        self, states: torch.Tensor, video: torch.Tensor, grid: tuple[int, ...]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Read a body group; return also its attention logits [B, T', joints, h*w]."""
        return self.head.read(self._norm(states).type_as(video), video, grid)

    def _norm(self, states: torch.Tensor) -> torch.Tensor:
        shift, scale = self.scale_shift_table.unbind(0)
        return F.layer_norm(states.float(), states.shape[-1:], eps=1e-6) * (1 + scale) + shift

    def _steps(self, frames: int, latents: int) -> int:
        return frames if self.group.step == "frame" else latents


class LinearHead(nn.Module):
    """One linear layer per token, as in GenCeption."""

    def __init__(self, group: TokenGroup, dim: int) -> None:
        super().__init__()
        self.group = group
        outputs = group.values * (1 if group.per_step > 1 else group.joints)
        self.out = nn.Linear(dim, outputs)

    def forward(
        self, states: torch.Tensor, video: torch.Tensor, grid: tuple[int, ...]
    ) -> torch.Tensor:
        """States [B, frames * per_step, dim] -> [B, frames, joints, values]."""
        return self.out(states).reshape(states.shape[0], -1, self.group.joints, self.group.values)


class BodyHead(nn.Module):
    """Landmarks as the expected position of each token's attention over the video's patches.

    Each token looks where its landmark is (a softmax over the patches of its latent frame), takes
    that mean position and the features found there, and an MLP adds an offset per video frame, the
    3D position and a confidence. The soft-argmax localises several times faster than an MLP alone.
    """

    def __init__(self, group: TokenGroup, dim: int) -> None:
        super().__init__()
        self.group = group
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.skeleton = nn.Linear(2 * group.joints, dim)
        self.hidden = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, TEMPORAL_STRIDE * group.values)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)

    @torch.no_grad()
    def spread_image(self) -> None:
        """Let all four frames of a latent start as what single images learned."""
        for values in (self.out.weight, self.out.bias):
            frames = values.unflatten(0, (TEMPORAL_STRIDE, -1))
            frames.copy_(frames[-1:].clone().expand_as(frames))

    def forward(
        self, states: torch.Tensor, video: torch.Tensor, grid: tuple[int, ...]
    ) -> torch.Tensor:
        """States [B, T' * joints, dim], video [B, T'*h*w, dim] -> [B, 4T'-3, joints, values]."""
        return self.read(states, video, grid)[0]

    def read(
        self, states: torch.Tensor, video: torch.Tensor, grid: tuple[int, ...]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return also the attention logits [B, T', joints, h*w], which training supervises."""
        batch, latents = states.shape[0], grid[0]
        states = states.unflatten(1, (latents, -1))
        patches = video.unflatten(1, (latents, -1))
        logits = self.query(states) @ self.key(patches).transpose(-1, -2)
        logits = logits.float() * states.shape[-1] ** -0.5
        attention = logits.softmax(-1)
        position = attention @ patch_centres(grid, attention)
        found = attention.type_as(video) @ self.value(patches)
        context = self.skeleton(position.detach().flatten(2).type_as(video)).unsqueeze(2)
        hidden = F.gelu(self.hidden(states + found + context), approximate="tanh")
        values = self.out(hidden).float().unflatten(-1, (TEMPORAL_STRIDE, -1)).transpose(2, 3)
        image = values[..., :2] + position.unsqueeze(2)
        values = torch.cat([image, values[..., 2:]], -1).flatten(1, 2)
        # The first latent frame stands for one image, not four.
        first = TEMPORAL_STRIDE - 1
        return values[:, first:].reshape(batch, -1, self.group.joints, self.group.values), logits


def patch_centres(grid: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
    """Return the patches' centres [h*w, 2] as x, y in -1..1 of the image."""
    rows = (torch.arange(grid[1], device=like.device, dtype=like.dtype) + 0.5) / grid[1]
    columns = (torch.arange(grid[2], device=like.device, dtype=like.dtype) + 0.5) / grid[2]
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], -1).flatten(0, 1) * 2 - 1
