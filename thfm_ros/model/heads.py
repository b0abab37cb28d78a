# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What reads the numbers out of tokens, once the last block has run."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.config import TEMPORAL_STRIDE, TokenGroup

_SPREAD = 2.5
"""Cells of a heat map around its peak over which a landmark's position is averaged."""
_FURTHEST_OFFSET = 0.08
"""How far from its heat map's peak a landmark may lie, in -1..1 of the image: about two cells.

More would let training pull landmarks towards their mean again wherever a peak is wrong.
"""


@dataclass(frozen=True)
class Evidence:
    """What tokens are read against.

    video:    the final video states [B, T'*h*w, dim]; grid: their (T', h, w)
    features: the decoder's, of the task whose pass carries the tokens [B, F, T', 4h, 4w] (with
              patches of 2x2 latents; 2h, 2w with single ones); None where no group has heat maps
    """

    video: torch.Tensor
    grid: tuple[int, int, int]
    features: torch.Tensor | None = None


@dataclass(frozen=True)
class HeatMap:
    """Where tokens look: logits [B, T', joints, rows*columns] over a grid of cells."""

    logits: torch.Tensor
    rows: int
    columns: int


Reading = tuple[torch.Tensor, tuple[HeatMap, ...]]


class LinearHead(nn.Module):
    """One linear layer per token, as in GenCeption."""

    def __init__(self, group: TokenGroup, dim: int) -> None:
        super().__init__()
        self.group = group
        outputs = group.values * (1 if group.per_step > 1 else group.joints)
        self.out = nn.Linear(dim, outputs)

    def forward(self, states: torch.Tensor, evidence: Evidence) -> Reading:
        """States [B, frames * per_step, dim] -> [B, frames, joints, values]."""
        shape = (states.shape[0], -1, self.group.joints, self.group.values)
        return self.out(states).reshape(shape), ()


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
        self.out = _output_layer(group, dim)

    @torch.no_grad()
    def inflate(self) -> None:
        """Let all four frames of a latent start as what single images learned."""
        _inflate_newest(self.out)

    def forward(self, states: torch.Tensor, evidence: Evidence) -> Reading:
        """States [B, T' * joints, dim] -> [B, 4T', joints, values], and what was attended to."""
        _, rows, columns = evidence.grid
        states, patches = _by_latent_frame(states, evidence)
        logits = self.query(states) @ self.key(patches).transpose(-1, -2)
        logits = logits.float() * states.shape[-1] ** -0.5
        attention = logits.softmax(-1)
        position = attention @ cell_centres(rows, columns, attention)
        found = attention.type_as(patches) @ self.value(patches)
        context = self.skeleton(position.detach().flatten(2).type_as(patches)).unsqueeze(2)
        hidden = F.gelu(self.hidden(states + found + context), approximate="tanh")
        values = _per_frame(self.out(hidden))
        offset, rest = _offset_and_rest(values, self.group)
        values = torch.cat([position.unsqueeze(2) + offset, rest], -1).flatten(1, 2)
        return values, (HeatMap(logits, rows, columns),)


class HeatMapHead(nn.Module):
    """Landmarks at the peaks of heat maps on the decoder's features, at 1/4 of the picture's size.

    As in `BodyHead` each token attends to the patches first. With what it found there it asks the
    fine features where its landmark is; both maps add up. The position is the mean around the
    highest cell, not over the whole map: between two candidate arms lies the trunk.
    3D comes from the token, the features at both places, and where all landmarks are.
    """

    def __init__(self, group: TokenGroup, dim: int, features: int) -> None:
        super().__init__()
        self.group = group
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        channels = 2 * features
        self.fine_query = nn.Linear(dim, channels)
        self.fine_key = nn.Conv2d(features, channels, 3, padding=1)
        self.fine_value = nn.Linear(channels, dim)
        self.skeleton = nn.Linear(2 * group.joints, dim)
        self.posture = nn.Linear(dim, dim)
        self.hidden = nn.Linear(dim, dim)
        self.deeper = nn.Linear(dim, dim)
        self.out = _output_layer(group, dim)

    @torch.no_grad()
    def inflate(self) -> None:
        """Let all four frames of a latent start as what single images learned."""
        _inflate_newest(self.out)

    def forward(self, states: torch.Tensor, evidence: Evidence) -> Reading:
        """States [B, T' * joints, dim] -> [B, 4T', joints, values], the coarse and the fine map."""
        _, rows, columns = evidence.grid
        states, patches = _by_latent_frame(states, evidence)
        coarse = self.query(states) @ self.key(patches).transpose(-1, -2)
        coarse = coarse.float() * states.shape[-1] ** -0.5
        found = coarse.softmax(-1).type_as(patches) @ self.value(patches)
        states = states + found
        cells = self._cells(evidence.features)
        fine_rows, fine_columns = evidence.features.shape[-2:]
        fine = (self.fine_query(states) @ cells).float() * cells.shape[2] ** -0.5
        fine = fine + _enlarged(coarse, (rows, columns), (fine_rows, fine_columns))
        centres = cell_centres(fine_rows, fine_columns, fine)
        near = peak_weights(fine, centres, (fine_rows, fine_columns))
        position = near @ centres
        seen = self.fine_value(near.type_as(cells) @ cells.transpose(-1, -2))
        context = self.skeleton(position.detach().flatten(2).type_as(seen))
        context = self.posture(F.gelu(context, approximate="tanh")).unsqueeze(2)
        hidden = F.gelu(self.hidden(states + seen + context), approximate="tanh")
        hidden = hidden + F.gelu(self.deeper(hidden), approximate="tanh")
        values = _per_frame(self.out(hidden))
        offset, rest = _offset_and_rest(values, self.group)
        offset = _FURTHEST_OFFSET * torch.tanh(offset / _FURTHEST_OFFSET)
        values = torch.cat([position.unsqueeze(2) + offset, rest], -1).flatten(1, 2)
        maps = HeatMap(coarse, rows, columns), HeatMap(fine, fine_rows, fine_columns)
        return values, maps

    def _cells(self, features: torch.Tensor) -> torch.Tensor:
        """Return what fine queries are compared with, [B, T', channels, rows*columns]."""
        batch, _, latents = features.shape[:3]
        keys = self.fine_key(features.transpose(1, 2).flatten(0, 1))
        return keys.flatten(2).unflatten(0, (batch, latents))


def build_head(group: TokenGroup, dim: int, features: int) -> nn.Module:
    """Build the head of a token group; features: how many the decoder has."""
    if group.heat_maps:
        return HeatMapHead(group, dim, features)
    return BodyHead(group, dim) if group.meaning == "body" else LinearHead(group, dim)


def peak_weights(
    logits: torch.Tensor, centres: torch.Tensor, grid: tuple[int, int]
) -> torch.Tensor:
    """Return the softmax [..., N] of heat maps over the cells around each map's highest one.

    centres: of the cells, [N, 2] in -1..1 of the image; grid: rows, columns
    """
    peak = centres[logits.argmax(-1)]
    # In numbers, not a tensor: a captured graph may not make tensors on the host.
    across, down = (_SPREAD * 2 / cells for cells in (grid[1], grid[0]))
    away = (centres - peak.unsqueeze(-2)).abs()
    far = (away[..., 0] > across) | (away[..., 1] > down)
    return logits.masked_fill(far, float("-inf")).softmax(-1)


def cell_centres(rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    """Return the centres [rows*columns, 2] of a grid's cells as x, y in -1..1 of the image."""
    down = (torch.arange(rows, device=like.device, dtype=like.dtype) + 0.5) / rows
    across = (torch.arange(columns, device=like.device, dtype=like.dtype) + 0.5) / columns
    y, x = torch.meshgrid(down, across, indexing="ij")
    return torch.stack([x, y], -1).flatten(0, 1) * 2 - 1


def _by_latent_frame(states: torch.Tensor, evidence: Evidence) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tokens [B, T', joints, dim] and patches [B, T', h*w, dim]."""
    latents = (evidence.grid[0], -1)
    return states.unflatten(1, latents), evidence.video.unflatten(1, latents)


def _enlarged(logits: torch.Tensor, grid: tuple[int, int], target: tuple[int, int]) -> torch.Tensor:
    """Interpolate maps [B, T', joints, h*w] onto a finer grid."""
    batch = logits.shape[0]
    maps = F.interpolate(logits.unflatten(-1, grid).flatten(0, 1), target, mode="bilinear")
    return maps.flatten(2).unflatten(0, (batch, -1))


def _per_frame(values: torch.Tensor) -> torch.Tensor:
    """Part what a latent frame's tokens tell [B, T', K, 4*V] by frames, [B, T', 4, K, V]."""
    return values.float().unflatten(-1, (TEMPORAL_STRIDE, -1)).transpose(2, 3)


def _offset_and_rest(values: torch.Tensor, group: TokenGroup) -> tuple[torch.Tensor, torch.Tensor]:
    """Part the numbers of each landmark [..., V]: its offset x, y, which comes first, the rest."""
    columns = group.layout.image
    return values[..., columns], values[..., columns.stop :]


def _output_layer(group: TokenGroup, dim: int) -> nn.Linear:
    layer = nn.Linear(dim, TEMPORAL_STRIDE * group.values)
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer


def _inflate_newest(layer: nn.Linear) -> None:
    for values in (layer.weight, layer.bias):
        frames = values.unflatten(0, (TEMPORAL_STRIDE, -1))
        frames.copy_(frames[-1:].clone().expand_as(frames))
