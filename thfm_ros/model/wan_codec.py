# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Wan's own video VAE (diffusers' AutoencoderKLWan) as a codec."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKLWan
from torch import nn

from thfm_ros.model.config import CodecConfig

Cache = list


class WanCodec(nn.Module):
    """Encodes to the posterior's mode (no sampling) and decodes without the final clamp.

    `AutoencoderKLWan.decode` clamps to -1..1, which would stop gradients there; the clip is cut
    into the same causal chunks here.
    """

    chunk_local = False

    def __init__(self, vae: AutoencoderKLWan) -> None:
        super().__init__()
        self.vae = vae

    @classmethod
    def random(cls, config: CodecConfig) -> WanCodec:
        """Build it with random weights."""
        return cls(AutoencoderKLWan(**config.arguments))

    def encode(self, video: torch.Tensor) -> torch.Tensor:
        """RGB [B, 3, 4k+1, H, W] in -1..1 -> raw latents [B, 16, k+1, H/8, W/8]."""
        return self.vae.encode(video).latent_dist.mode()

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Raw latents [B, 16, k+1, H/8, W/8] -> RGB [B, 3, 4k+1, H, W]."""
        cache = new_decoder_cache(self.vae)
        chunks = []
        for latent in latents.split(1, 2):
            chunk, cache = decode_chunk(self.vae, latent, cache)
            chunks.append(chunk)
        return torch.cat(chunks, 2)


def new_decoder_cache(vae: AutoencoderKLWan) -> Cache:
    """Return the cache to begin a stream with."""
    return [None] * vae._cached_conv_counts["decoder"]


def decode_chunk(
    vae: AutoencoderKLWan, latent: torch.Tensor, cache: Cache
) -> tuple[torch.Tensor, Cache]:
    """Decode the next latent frame of a stream [B, 16, 1, h, w] -> one frame first, then four.

    A pure function: the cache given is not changed, the new one is returned. Not clamped.
    """
    first = cache[0] is None
    cache = list(cache)
    decoded = vae.decoder(
        vae.post_quant_conv(latent), feat_cache=cache, feat_idx=[0], first_chunk=first
    )
    return decoded, cache
