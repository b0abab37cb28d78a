# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Video codecs: RGB clips to latents and back, 8x8 pixels and 4 frames to one latent position.

The first frame is coded alone, every following group of four together (Wan's causal geometry):
4k + 1 frames are k + 1 latent frames.
"""

from __future__ import annotations

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.config import TEMPORAL_STRIDE, CodecConfig

_PACK = 4


class Codec(Protocol):
    """What the model asks of a codec. Latents are raw, before any normalisation.

    encode: RGB [B, 3, 4k+1, H, W] in -1..1 -> latents [B, 16, k+1, H/8, W/8]
    decode: the inverse; values may leave -1..1 a little (no clamp, so that gradients survive)
    chunk_local: whether each latent frame depends on its own frames alone; such a codec also has
            encode_image, encode_group and decode_last, as TinyCodec
    """

    chunk_local: bool

    def encode(self, video: torch.Tensor) -> torch.Tensor: ...

    def decode(self, latents: torch.Tensor) -> torch.Tensor: ...


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


class TinyCodec(nn.Module):
    """A codec of Wan's geometry that a CPU can run: 2D convolutions, down to 1/16 resolution.

    Its encoder is much larger than its decoder: it runs once for all tasks, the decoder once each.

    Frames are packed by pixel-unshuffle (4x4 pixels, 4 frames), so that time costs channels, not
    passes. Each latent frame depends on its own group of frames alone: encoding groups one by one
    as they arrive equals encoding the whole clip.
    """

    chunk_local = True

    def __init__(self, config: CodecConfig, latent_channels: int) -> None:
        super().__init__()
        width, wide, widest = (factor * config.width for factor in (1, 2, 3))
        packed = 3 * TEMPORAL_STRIDE * _PACK * _PACK
        self.pack = nn.Conv2d(packed, width, 3, padding=1)
        self.encode_fine = _blocks(width, config.encoder_blocks)
        self.shrink = nn.Conv2d(width, wide, 3, stride=2, padding=1)
        self.encode_coarse = _blocks(wide, config.encoder_blocks)
        self.shrink_again = nn.Conv2d(wide, widest, 3, stride=2, padding=1)
        self.encode_context = _blocks(widest, config.context_blocks)
        self.context = nn.Conv2d(widest, wide, 1)
        self.merge = _blocks(wide, 1)
        self.to_latent = nn.Conv2d(wide, latent_channels, 3, padding=1)
        width, wide = config.decoder_width, 2 * config.decoder_width
        self.from_latent = nn.Conv2d(latent_channels, wide, 3, padding=1)
        self.decode_coarse = _blocks(wide, config.decoder_blocks)
        self.grow = nn.Conv2d(wide, 4 * width, 1)
        self.decode_fine = _blocks(width, config.decoder_blocks)
        self.unpack = nn.Conv2d(width, packed, 3, padding=1)

    # Groups go one by one, not as a larger batch: convolution kernels round differently for another
    # batch size, and a stream must give the same bits as a whole clip.

    def encode(self, video: torch.Tensor) -> torch.Tensor:
        """RGB [B, 3, 4k+1, H, W] in -1..1 -> latents [B, C, k+1, H/8, W/8]."""
        groups = video[:, :, 1:].split(TEMPORAL_STRIDE, 2) if video.shape[2] > 1 else ()
        return torch.stack(
            [self.encode_image(video[:, :, 0]), *(self.encode_group(group) for group in groups)], 2
        )

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents [B, C, k+1, H/8, W/8] -> RGB [B, 3, 4k+1, H, W]."""
        first, *rest = latents.unbind(2)
        return torch.cat(
            [self.decode_image(first).unsqueeze(2), *(self.decode_group(group) for group in rest)],
            2,
        )

    def decode_last(self, latents: torch.Tensor, frames: int) -> torch.Tensor:
        """Decode the newest frames only: latents [B, C, k+1, h, w] -> RGB [B, 3, frames, H, W].

        Groups do not depend on one another, so the others cost nothing.
        """
        length = TEMPORAL_STRIDE * (latents.shape[2] - 1) + 1
        if frames >= length:
            return self.decode(latents)
        if frames == 1:
            # The one image of a first latent frame is the last of a group's four.
            return self.decode_image(latents[:, :, -1]).unsqueeze(2)
        groups = -(-frames // TEMPORAL_STRIDE)
        decoded = [self.decode_group(group) for group in latents[:, :, -groups:].unbind(2)]
        return torch.cat(decoded, 2)[:, :, -frames:]

    @torch.no_grad()
    def spread_image(self) -> None:
        """Let groups of four start as what single images learned of their newest frame.

        After it, a group encodes to what its last frame alone does, and decodes to that four times.
        The mean of the four frames (I3D's inflation) would start blurred by what moves.
        """
        packed = self.pack.weight.unflatten(1, (TEMPORAL_STRIDE, -1))
        packed[:, -1] = packed.sum(1)
        packed[:, :-1] = 0
        for values in (self.unpack.weight, self.unpack.bias):
            frames = values.unflatten(0, (TEMPORAL_STRIDE, -1))
            frames.copy_(frames[-1:].clone().expand_as(frames))

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

    def decode_image(self, latents: torch.Tensor) -> torch.Tensor:
        """Decode the first latent frame [B, C, h, w] -> its one image [B, 3, H, W]."""
        last = slice(-self.unpack.out_channels // TEMPORAL_STRIDE, None)
        x = self._decode(latents)
        x = F.conv2d(x, self.unpack.weight[last], self.unpack.bias[last], padding=1)
        return F.pixel_shuffle(x, _PACK)

    def decode_group(self, latents: torch.Tensor) -> torch.Tensor:
        """Decode a later latent frame [B, C, h, w] -> its four images [B, 3, 4, H, W]."""
        x = F.pixel_shuffle(self.unpack(self._decode(latents)), _PACK)
        return x.unflatten(1, (TEMPORAL_STRIDE, 3)).transpose(1, 2)

    def _encode(self, x: torch.Tensor) -> torch.Tensor:
        x = self.encode_coarse(self.shrink(F.silu(self.encode_fine(x))))
        context = self.encode_context(self.shrink_again(F.silu(x)))
        context = F.interpolate(self.context(F.silu(context)), x.shape[-2:], mode="nearest")
        return self.to_latent(F.silu(self.merge(x + context)))

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        x = self.decode_coarse(self.from_latent(latents))
        x = F.pixel_shuffle(self.grow(F.silu(x)), 2)
        return F.silu(self.decode_fine(x))


def _blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(channels) for _ in range(count)))
