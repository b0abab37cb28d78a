# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A codec of Wan's geometry that a CPU can run: 2D convolutions, down to 1/16 resolution.

The encoder may be much larger than the decoder: it runs once for all tasks, the decoder once each.
Frames are packed by pixel-unshuffle (4x4 pixels, 4 frames), so that time costs channels, not
passes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.config import TEMPORAL_STRIDE, DecoderConfig, TinyEncoderConfig

_PACK = 4
_PACKED = 3 * TEMPORAL_STRIDE * _PACK * _PACK


class ChannelNorm(nn.Module):
    """Root-mean-square norm over channels at each position, as in Wan's VAE."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (x.square().mean(1, keepdim=True) + 1e-6).rsqrt() * self.weight


class ResidualBlock(nn.Module):
    """Two normalised 3x3 convolutions around the identity, which it starts as."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.inner_norm = ChannelNorm(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.first(F.silu(self.norm(x)))
        return x + self.second(F.silu(self.inner_norm(hidden)))


class TinyEncoder(nn.Module):
    """Groups of four frames -> latents, from pixels."""

    def __init__(self, config: TinyEncoderConfig, latent_channels: int) -> None:
        super().__init__()
        width, wide, widest = (factor * config.width for factor in (1, 2, 3))
        self.pack = nn.Conv2d(_PACKED, width, 3, padding=1)
        self.fine = residual_blocks(width, config.blocks)
        self.shrink = nn.Conv2d(width, wide, 3, stride=2, padding=1)
        self.coarse = residual_blocks(wide, config.blocks)
        self.shrink_again = nn.Conv2d(wide, widest, 3, stride=2, padding=1)
        self.context_blocks = residual_blocks(widest, config.context_blocks)
        self.context = nn.Conv2d(widest, wide, 1)
        self.merge = residual_blocks(wide, 1)
        self.to_latent = nn.Conv2d(wide, latent_channels, 3, padding=1)

    def encode_image(self, image: torch.Tensor) -> torch.Tensor:
        """Encode one frame [B, 3, H, W] as a group of four equal frames -> [B, C, H/8, W/8]."""
        # Equal frames see the sum of their weights: a quarter of the multiplications.
        weight = self.pack.weight.unflatten(1, (TEMPORAL_STRIDE, -1)).sum(1)
        return self._encode(
            F.conv2d(F.pixel_unshuffle(image, _PACK), weight, self.pack.bias, padding=1)
        )

    def encode_group(self, frames: torch.Tensor) -> torch.Tensor:
        """Encode a group of four frames [B, 3, 4, H, W] -> [B, C, H/8, W/8]."""
        packed = F.pixel_unshuffle(frames.transpose(1, 2).flatten(1, 2), _PACK)
        return self._encode(self.pack(packed))

    @torch.no_grad()
    def inflate(self) -> None:
        """Let a group encode to what its newest frame alone does."""
        packed = self.pack.weight.unflatten(1, (TEMPORAL_STRIDE, -1))
        packed[:, -1] = packed.sum(1)
        packed[:, :-1] = 0

    def _encode(self, x: torch.Tensor) -> torch.Tensor:
        x = self.coarse(self.shrink(F.silu(self.fine(x))))
        context = self.context_blocks(self.shrink_again(F.silu(x)))
        context = F.interpolate(self.context(F.silu(context)), x.shape[-2:], mode="nearest")
        return self.to_latent(F.silu(self.merge(x + context)))


class TinyDecoder(nn.Module):
    """Latents -> features at 1/4 -> groups of four frames."""

    def __init__(self, config: DecoderConfig, latent_channels: int) -> None:
        super().__init__()
        width, wide = config.width, 2 * config.width
        self.features = width
        self.from_latent = nn.Conv2d(latent_channels, wide, 3, padding=1)
        self.coarse = residual_blocks(wide, config.blocks)
        self.grow = nn.Conv2d(wide, 4 * width, 1)
        self.fine = residual_blocks(width, config.blocks)
        self.unpack = nn.Conv2d(width, _PACKED, 3, padding=1)

    def feature_map(self, latents: torch.Tensor) -> torch.Tensor:
        """A latent frame [B, C, h, w] -> features [B, width, 2h, 2w]."""
        x = self.coarse(self.from_latent(latents))
        x = F.pixel_shuffle(self.grow(F.silu(x)), 2)
        return F.silu(self.fine(x))

    def paint(self, features: torch.Tensor, frames: int) -> torch.Tensor:
        """Features [B, width, 2h, 2w] -> the newest frames of the group, [B, 3, frames, H, W]."""
        newest = slice(-frames * self.unpack.out_channels // TEMPORAL_STRIDE, None)
        x = F.conv2d(features, self.unpack.weight[newest], self.unpack.bias[newest], padding=1)
        return F.pixel_shuffle(x, _PACK).unflatten(1, (frames, 3)).transpose(1, 2)

    @torch.no_grad()
    def inflate(self) -> None:
        """Let all four frames of a group be painted as its newest is."""
        for values in (self.unpack.weight, self.unpack.bias):
            frames = values.unflatten(0, (TEMPORAL_STRIDE, -1))
            frames.copy_(frames[-1:].clone().expand_as(frames))


def residual_blocks(channels: int, count: int) -> nn.Sequential:
    """Return so many residual blocks in a row."""
    return nn.Sequential(*(ResidualBlock(channels) for _ in range(count)))
