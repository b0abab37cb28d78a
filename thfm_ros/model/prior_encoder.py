# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An encoder on top of an image network that was trained on photographs: the prior.

THFM takes what it knows of the world from a video generator; a model this small takes it from an
image classifier. The network sees a group's newest frame; the other three are told by what
differs from it, which is little and costs little.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.config import TEMPORAL_STRIDE, PriorEncoderConfig
from thfm_ros.model.efficientnet import CHANNELS, EfficientNetLite0
from thfm_ros.model.tiny_codec import ChannelNorm, residual_blocks

_LATENT_STRIDE = 8


class Lateral(nn.Module):
    """Features of the network, narrowed and normalised: their spread differs by channel and level.

    Without the norm, what is built on them does not train.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(channels, width, 1)
        self.norm = ChannelNorm(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.silu(self.norm(self.narrow(x)))


class PriorEncoder(nn.Module):
    """Groups of four frames -> latents, from a network's features at 1/4, 1/8, 1/16 and 1/32."""

    def __init__(self, config: PriorEncoderConfig, latent_channels: int) -> None:
        super().__init__()
        self.network = EfficientNetLite0()
        width, wide = config.width, config.context_width
        self.widest = Lateral(CHANNELS[32], wide)
        self.context = Lateral(CHANNELS[16], wide)
        self.context_blocks = residual_blocks(wide, config.context_blocks)
        self.context_to_latent = nn.Conv2d(wide, width, 1)
        self.coarse = Lateral(CHANNELS[8], width)
        self.fine = Lateral(CHANNELS[4] * 4, width)
        self.motion = nn.Conv2d(3 * (TEMPORAL_STRIDE - 1) * _LATENT_STRIDE**2, width, 1, bias=False)
        nn.init.zeros_(self.motion.weight)
        self.merge = residual_blocks(width, config.blocks)
        self.to_latent = nn.Conv2d(width, latent_channels, 3, padding=1)

    def encode_image(self, image: torch.Tensor) -> torch.Tensor:
        """Encode one frame [B, 3, H, W] as a group of four equal frames -> [B, C, H/8, W/8]."""
        return self._latents(self._merged(image))

    def encode_group(self, frames: torch.Tensor) -> torch.Tensor:
        """Encode a group of four frames [B, 3, 4, H, W] -> [B, C, H/8, W/8]."""
        newest = frames[:, :, -1]
        differences = (frames[:, :, :-1] - newest.unsqueeze(2)).transpose(1, 2).flatten(1, 2)
        motion = self.motion(F.pixel_unshuffle(differences, _LATENT_STRIDE))
        return self._latents(self._merged(newest) + motion)

    @torch.no_grad()
    def inflate(self) -> None:
        """Let a group encode to what its newest frame alone does."""
        nn.init.zeros_(self.motion.weight)

    def _merged(self, image: torch.Tensor) -> torch.Tensor:
        features = self.network(image)
        context = self.context(features[16])
        context = self.context_blocks(context + _enlarged(self.widest(features[32]), context))
        coarse = self.coarse(features[8])
        fine = self.fine(F.pixel_unshuffle(features[4], 2))
        return coarse + fine + _enlarged(self.context_to_latent(F.silu(context)), coarse)

    def _latents(self, x: torch.Tensor) -> torch.Tensor:
        return self.to_latent(F.silu(self.merge(x)))


def _enlarged(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Double a map; the last row or column is cut where the larger map's size is odd."""
    height, width = like.shape[-2:]
    return F.interpolate(x, scale_factor=2, mode="nearest")[..., :height, :width]
