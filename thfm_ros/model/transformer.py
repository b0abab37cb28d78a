# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One pass of a Wan video transformer with token groups, composed of diffusers' own modules.

The video goes through diffusers' blocks unchanged, so that real Wan weights load as they are and
the dense output cannot depend on the tokens. Tokens go through the same blocks' weights, but attend
to the video and to their own group: separate attention calls, no mask (GenCeption).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel
from torch import nn

from thfm_ros.model.config import ThfmConfig, TransformerConfig
from thfm_ros.model.tokens import Tokens

Rotary = tuple[torch.Tensor, torch.Tensor]


def build_wan(config: TransformerConfig) -> WanTransformer3DModel:
    """Build diffusers' transformer with random weights."""
    return WanTransformer3DModel(
        patch_size=config.patch,
        num_attention_heads=config.heads,
        attention_head_dim=config.head_dim,
        in_channels=config.latent_channels,
        out_channels=config.latent_channels,
        text_dim=config.text_dim,
        freq_dim=config.freq_dim,
        ffn_dim=config.ffn_dim,
        num_layers=config.layers,
    )


@dataclass(frozen=True)
class Condition:
    """What timestep and prompt say to the blocks.

    embedding:  [B, dim], for the output norm; modulation: [B, 6, dim], for every block
    text:       [B, L, dim], for cross-attention
    """

    embedding: torch.Tensor
    modulation: torch.Tensor
    text: torch.Tensor


class TokenTransformer(nn.Module):
    """diffusers' WanTransformer3DModel plus token groups."""

    def __init__(self, config: ThfmConfig) -> None:
        super().__init__()
        self.config = config
        self.wan = build_wan(config.transformer)
        patch = config.transformer.patch
        grid = (config.size[1] // 8 / patch[1], config.size[0] // 8 / patch[2])
        features = config.codec.decoder.width if config.codec.decoder else 0
        self.groups = nn.ModuleDict(
            {
                group.name: Tokens(group, config.transformer, grid, features)
                for group in config.tokens
            }
        )

    def condition(self, timestep: torch.Tensor, text: torch.Tensor) -> Condition:
        """Embed a timestep [B] and prompt states [B, L, text_dim]."""
        embedding, modulation, text, _ = self.wan.condition_embedder(timestep, text)
        return Condition(embedding, modulation.unflatten(1, (6, -1)), text)

    def embed(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents [B, C, T', H', W'] -> the first block's video states [B, N, dim]."""
        return self.wan.patch_embedding(latents).flatten(2).transpose(1, 2).contiguous()

    def grid(self, shape: torch.Size) -> tuple[int, int, int]:
        """Return the patch grid (T', h, w) of latents of a shape [B, C, T', H', W']."""
        _, rows, columns = self.config.transformer.patch
        return shape[2], shape[3] // rows, shape[4] // columns

    def forward(
        self, latents: torch.Tensor, condition: Condition, frames: int, groups: tuple[str, ...] = ()
    ) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Run all blocks under one condition; returns what `leave` does.

        frames: of the clip; groups: the token groups that ride along
        """
        rotary = self.wan.rope(latents)
        video = self.embed(latents)
        states = self.enter(groups, latents.shape, frames)
        video, states = self.run(slice(None), video, states, condition, rotary)
        return self.leave(video, states, condition, latents)

    def enter(
        self, groups: tuple[str, ...], shape: torch.Size, frames: int
    ) -> dict[str, tuple[torch.Tensor, Rotary]]:
        """Return for each group the states and rotary table that enter the first block.

        shape: of the latents [B, C, T', H', W']; frames: of the clip
        """
        latents, *grid = self.grid(shape)
        return {
            name: (
                self.groups[name].states(shape[0], frames, latents),
                self.groups[name].rotary(frames, latents, tuple(grid)),
            )
            for name in groups
        }

    def run(
        self,
        layers: slice,
        video: torch.Tensor,
        states: dict[str, tuple[torch.Tensor, Rotary]],
        condition: Condition,
        rotary: Rotary,
    ) -> tuple[torch.Tensor, dict[str, tuple[torch.Tensor, Rotary]]]:
        """Run some of the blocks on the video [B, N, dim] and on the token groups beside it."""
        states = dict(states)
        for block in self.wan.blocks[layers]:
            for name, (x, table) in states.items():
                states[name] = (_run_tokens(block, x, table, video, rotary, condition), table)
            video = block(video, condition.text, condition.modulation, rotary)
        return video, states

    def leave(
        self,
        video: torch.Tensor,
        states: dict[str, tuple[torch.Tensor, Rotary]],
        condition: Condition,
        latents: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Project the last block's states to latents.

        Returns the output [B, C, T', H', W'] (sign not yet turned), the normed video states
        [B, N, dim] that tokens are read against, and each group's states.
        """
        grid = self.grid(latents.shape)
        shift, scale = (self.wan.scale_shift_table + condition.embedding.unsqueeze(1)).chunk(2, 1)
        normed = (self.wan.norm_out(video.float()) * (1 + scale) + shift).type_as(video)
        dense = unpatchify(self.wan.proj_out(normed), grid, self.config.transformer.patch)
        return dense, normed, {name: x for name, (x, _) in states.items()}


def unpatchify(
    x: torch.Tensor, grid: tuple[int, int, int], patch: tuple[int, int, int]
) -> torch.Tensor:
    """Patches [B, T'*h*w, pt*ph*pw*C] -> [B, C, T'*pt, h*ph, w*pw]."""
    x = x.reshape(x.shape[0], *grid, *patch, -1).permute(0, 7, 1, 4, 2, 5, 3, 6)
    return x.flatten(6, 7).flatten(4, 5).flatten(2, 3)


def _run_tokens(
    block: nn.Module,
    x: torch.Tensor,
    rotary: Rotary,
    video: torch.Tensor,
    video_rotary: Rotary,
    condition: Condition,
) -> torch.Tensor:
    """Run one diffusers block on tokens that attend to [video; themselves]."""
    modulation = (block.scale_shift_table + condition.modulation.float()).chunk(6, dim=1)
    shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = modulation

    def normed(y: torch.Tensor) -> torch.Tensor:
        return (block.norm1(y.float()) * (1 + scale) + shift).type_as(y)

    x = (
        x.float() + _attend(block.attn1, normed(x), rotary, normed(video), video_rotary) * gate
    ).type_as(x)
    x = x + block.attn2(block.norm2(x.float()).type_as(x), condition.text, None, None)
    hidden = (block.norm3(x.float()) * (1 + ffn_scale) + ffn_shift).type_as(x)
    return (x.float() + block.ffn(hidden).float() * ffn_gate).type_as(x)


def _attend(
    attention: nn.Module,
    tokens: torch.Tensor,
    rotary: Rotary,
    video: torch.Tensor,
    video_rotary: Rotary,
) -> torch.Tensor:
    """Self-attention whose queries are the tokens and whose keys are [video; tokens]."""
    keys = torch.cat([video, tokens], 1)
    cos, sin = (torch.cat(pair, 1) for pair in zip(video_rotary, rotary, strict=True))
    query = attention.norm_q(attention.to_q(tokens)).unflatten(2, (attention.heads, -1))
    key = attention.norm_k(attention.to_k(keys)).unflatten(2, (attention.heads, -1))
    value = attention.to_v(keys).unflatten(2, (attention.heads, -1))
    query, key = rotate(query, *rotary), rotate(key, cos, sin)
    out = F.scaled_dot_product_attention(
        query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
    )
    return attention.to_out[0](out.transpose(1, 2).flatten(2))


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotate interleaved channel pairs of x [B, N, heads, head_dim] by the table's angles."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = cos[..., 0::2], sin[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2).type_as(x)
