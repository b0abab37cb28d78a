# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rotary positions of learnable tokens, in the layout of diffusers' WanRotaryPosEmbed."""

from __future__ import annotations

import torch

THETA = 10000.0


def rotary_table(positions: torch.Tensor, head_dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (cos, sin), each float32 [1, N, 1, head_dim], of positions [N, 3] (time, row, column).

    Positions are floats in patch units. Rows and columns take 2 * (head_dim // 6) channels each,
    time the rest; every angle fills two neighbouring channels.
    """
    plane = 2 * (head_dim // 6)
    cos, sin = [], []
    for position, width in zip(
        positions.unbind(-1), (head_dim - 2 * plane, plane, plane), strict=True
    ):
        steps = torch.arange(0, width, 2, dtype=torch.float64, device=positions.device)
        angles = position.double()[:, None] * THETA ** (-steps / width)
        angles = angles.repeat_interleave(2, -1)
        cos.append(angles.cos())
        sin.append(angles.sin())
    return torch.cat(cos, -1).float()[None, :, None], torch.cat(sin, -1).float()[None, :, None]


def frame_times(frames: int, latents: int, device: torch.device | None = None) -> torch.Tensor:
    """Return the temporal positions [frames] of tokens that stand for video frames.

    Frame 0 is at 0; the four frames of latent frame j are spread so that their mean is j:
    0, 0.625, 0.875, 1.125, 1.375, 1.625, ... (GenCeption). A single frame is at 0.
    """
    if latents == 1:
        return torch.zeros(frames, device=device)
    ratio = (frames - 1) // (latents - 1)
    later = 1 - ((ratio + 1) / 2 - 1) / ratio + torch.arange(frames - 1, device=device) / ratio
    return torch.cat([torch.zeros(1, device=device), later])
