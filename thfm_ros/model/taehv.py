# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""TAEHV, the public tiny autoencoder for Wan 2.1 (taew2_1), as a codec.

Architecture by Ollin Boer Bohan (madebyollin/taehv, MIT); module names are those of its state dict,
so that the published file loads with strict=True. It decodes 16 to 22 times cheaper than Wan's VAE.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.config import TEMPORAL_STRIDE

_ENCODER_WIDTH = 64
_DECODER_WIDTHS = (256, 128, 64)
_MEMORY_BLOCKS = 3
_FRAMES_CUT = TEMPORAL_STRIDE - 1


class TaehvCodec(nn.Module):
    """Codes frame by frame; memory blocks also see the previous frame.

    Its own latents are normalised and its images 0..1; this class takes and gives raw latents and
    images in -1..1, as every `Codec` does.
    """

    chunk_local = False

    def __init__(self, mean: torch.Tensor, std: torch.Tensor, latent_channels: int = 16) -> None:
        super().__init__()
        self.encoder = nn.Sequential(*_encoder_layers(latent_channels))
        self.decoder = nn.Sequential(*_decoder_layers(latent_channels))
        self.register_buffer("mean", mean.view(1, -1, 1, 1, 1), persistent=False)
        self.register_buffer("std", std.view(1, -1, 1, 1, 1), persistent=False)

    def encode(self, video: torch.Tensor) -> torch.Tensor:
        """RGB [B, 3, 4k+1, H, W] in -1..1 -> raw latents [B, 16, k+1, H/8, W/8]."""
        frames = (video * 0.5 + 0.5).transpose(1, 2)
        missing = -frames.shape[1] % TEMPORAL_STRIDE
        if missing:
            frames = torch.cat([frames, frames[:, -1:].expand(-1, missing, -1, -1, -1)], 1)
        return _apply(self.encoder, frames).transpose(1, 2) * self.std + self.mean

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Raw latents [B, 16, k+1, H/8, W/8] -> RGB [B, 3, 4k+1, H, W] in -1..1, not clamped."""
        frames = ((latents - self.mean) / self.std).transpose(1, 2)
        return _apply(self.decoder, frames)[:, _FRAMES_CUT:].transpose(1, 2) * 2 - 1


class _Squash(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 3 * torch.tanh(x / 3)


class _MemoryBlock(nn.Module):
    """A residual block that also sees its own input one frame earlier (zeros at the start)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _conv(2 * width, width), nn.ReLU(), _conv(width, width), nn.ReLU(), _conv(width, width)
        )

    def forward(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        return F.relu(self.conv(torch.cat([x, before], 1)) + x)


class _Pool(nn.Module):
    """Stack `stride` frames on channels and mix them into one."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv = nn.Conv2d(width * stride, width, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x.reshape(-1, self.stride * x.shape[1], *x.shape[2:]))


class _Grow(nn.Module):
    """Split every frame into `stride` frames."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width * stride, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x).reshape(-1, *x.shape[1:])


def _conv(inputs: int, outputs: int, **arguments: bool | int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, **arguments)


def _encoder_layers(latent_channels: int) -> list[nn.Module]:
    width = _ENCODER_WIDTH
    layers = [_conv(3, width), nn.ReLU()]
    for stride in (2, 2, 1):
        layers += [_Pool(width, stride), _conv(width, width, stride=2, bias=False)]
        layers += [_MemoryBlock(width) for _ in range(_MEMORY_BLOCKS)]
    return [*layers, _conv(width, latent_channels)]


def _decoder_layers(latent_channels: int) -> list[nn.Module]:
    layers = [_Squash(), _conv(latent_channels, _DECODER_WIDTHS[0]), nn.ReLU()]
    outputs = (*_DECODER_WIDTHS[1:], _DECODER_WIDTHS[-1])
    for width, narrower, stride in zip(_DECODER_WIDTHS, outputs, (1, 2, 2), strict=True):
        layers += [_MemoryBlock(width) for _ in range(_MEMORY_BLOCKS)]
        layers += [nn.Upsample(scale_factor=2), _Grow(width, stride)]
        layers += [_conv(width, narrower, bias=False)]
    return [*layers, nn.ReLU(), _conv(_DECODER_WIDTHS[-1], 3)]


def _apply(
    network: nn.Sequential, frames: torch.Tensor, seen: dict[nn.Module, torch.Tensor] | None = None
) -> torch.Tensor:
    """Run frames [B, T, C, H, W] through the layers; `seen` holds each memory's last frame."""
    batch = frames.shape[0]
    x = frames.flatten(0, 1)
    for layer in network:
        if isinstance(layer, _MemoryBlock):
            clip = x.unflatten(0, (batch, -1))
            first = torch.zeros_like(clip[:, :1])
            if seen is not None:
                first = seen.get(layer, first)
                seen[layer] = clip[:, -1:]
            x = layer(x, torch.cat([first, clip[:, :-1]], 1).flatten(0, 1))
        else:
            x = layer(x)
    return x.unflatten(0, (batch, -1))
