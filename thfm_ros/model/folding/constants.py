# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same model with its constants folded into the weights.

Timestep and prompts are fixed, so every block's modulation is a constant: scale and shift become a
LayerNorm's affine, gates scale the output projections, the text's keys and values are computed
once, q, k and v become one product, and the rotary channel order is permuted from interleaved pairs
to halves. Nothing is approximated; only the order of the arithmetic changes.

Folding is differentiable: training folds once per step and back-propagates through it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
import torch.nn.functional as F

from thfm_ros.model.transformer import Condition, Rotary, TokenTransformer

_EPS = 1e-6


@dataclass(frozen=True)
class FoldedBlock:
    """One block's weights under one condition; see `fold_block`."""

    heads: int
    norm1_weight: torch.Tensor
    norm1_bias: torch.Tensor
    qkv_weight: torch.Tensor
    qkv_bias: torch.Tensor
    query_norm: torch.Tensor
    key_norm: torch.Tensor
    out_weight: torch.Tensor
    out_bias: torch.Tensor
    norm2_weight: torch.Tensor
    norm2_bias: torch.Tensor
    cross_weight: torch.Tensor
    cross_bias: torch.Tensor
    cross_norm: torch.Tensor
    text_key: torch.Tensor
    text_value: torch.Tensor
    cross_out_weight: torch.Tensor
    cross_out_bias: torch.Tensor
    norm3_weight: torch.Tensor
    norm3_bias: torch.Tensor
    up_weight: torch.Tensor
    up_bias: torch.Tensor
    down_weight: torch.Tensor
    down_bias: torch.Tensor

    def to(self, device: torch.device, dtype: torch.dtype) -> FoldedBlock:
        """Return the block with its weights elsewhere or of another type."""
        weights = (getattr(self, field.name) for field in fields(self)[1:])
        return FoldedBlock(self.heads, *(weight.to(device, dtype) for weight in weights))

    def under(self, text: tuple[torch.Tensor, torch.Tensor]) -> FoldedBlock:
        """Return the block under another prompt, of which `fold_text` gave keys and values.

        Timestep and weights being the same, all else is shared.
        """
        key, value = (part.to(self.text_key) for part in text)
        return replace(self, text_key=key, text_value=value)

    def run(
        self,
        x: torch.Tensor,
        rotary: Rotary,
        context: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Run the block on x [B, N, dim].

        rotary: (cos, sin) [1, N, 1, head_dim] in half order (`fold_rotary`)
        context: keys and values [B, heads, M, head_dim] to attend to beside x's own
        Returns x and its own keys and values, the context for tokens.
        """
        query, key, value = self._project(x, rotary)
        own = key, value
        if context is not None:
            key, value = torch.cat([context[0], key], 2), torch.cat([context[1], value], 2)
        x = x + F.linear(_attend(query, key, value), self.out_weight, self.out_bias)
        query = F.linear(
            _norm(x, self.norm2_weight, self.norm2_bias), self.cross_weight, self.cross_bias
        )
        query = self._split(_rms(query, self.cross_norm)).transpose(1, 2)
        text = _attend(query, self.text_key, self.text_value)
        x = x + F.linear(text, self.cross_out_weight, self.cross_out_bias)
        hidden = F.linear(
            _norm(x, self.norm3_weight, self.norm3_bias), self.up_weight, self.up_bias
        )
        return x + F.linear(
            F.gelu(hidden, approximate="tanh"), self.down_weight, self.down_bias
        ), own

    def _project(self, x: torch.Tensor, rotary: Rotary) -> tuple[torch.Tensor, ...]:
        qkv = F.linear(_norm(x, self.norm1_weight, self.norm1_bias), self.qkv_weight, self.qkv_bias)
        query, key, value = qkv.chunk(3, -1)
        query = _turn(self._split(_rms(query, self.query_norm)), *rotary)
        key = _turn(self._split(_rms(key, self.key_norm)), *rotary)
        return query.transpose(1, 2), key.transpose(1, 2), self._split(value).transpose(1, 2)

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, (self.heads, -1))


def fold_block(block: torch.nn.Module, condition: Condition) -> FoldedBlock:
    """Fold a diffusers WanTransformerBlock under a condition of batch 1."""
    own, cross = block.attn1, block.attn2
    up, down = block.ffn.net[0].proj, block.ffn.net[2]
    modulation = block.scale_shift_table[0] + condition.modulation[0].float()
    shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = modulation.unbind(0)
    order = _half_order(own.heads, own.inner_dim // own.heads, modulation.device)
    text_key, text_value = fold_text(block, condition)
    return FoldedBlock(
        heads=own.heads,
        norm1_weight=1 + scale,
        norm1_bias=shift,
        qkv_weight=torch.cat([own.to_q.weight[order], own.to_k.weight[order], own.to_v.weight]),
        qkv_bias=torch.cat([own.to_q.bias[order], own.to_k.bias[order], own.to_v.bias]),
        query_norm=own.norm_q.weight[order],
        key_norm=own.norm_k.weight[order],
        out_weight=own.to_out[0].weight * gate[:, None],
        out_bias=own.to_out[0].bias * gate,
        norm2_weight=block.norm2.weight,
        norm2_bias=block.norm2.bias,
        cross_weight=cross.to_q.weight,
        cross_bias=cross.to_q.bias,
        cross_norm=cross.norm_q.weight,
        text_key=text_key,
        text_value=text_value,
        cross_out_weight=cross.to_out[0].weight,
        cross_out_bias=cross.to_out[0].bias,
        norm3_weight=1 + ffn_scale,
        norm3_bias=ffn_shift,
        up_weight=up.weight,
        up_bias=up.bias,
        down_weight=down.weight * ffn_gate[:, None],
        down_bias=down.bias * ffn_gate,
    )


def fold_text(block: torch.nn.Module, condition: Condition) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the keys and values [1, heads, L, head_dim] that a block makes of a prompt."""
    cross = block.attn2
    key = cross.norm_k(cross.to_k(condition.text)).unflatten(2, (cross.heads, -1))
    value = cross.to_v(condition.text).unflatten(2, (cross.heads, -1))
    return key.transpose(1, 2), value.transpose(1, 2)


def fold_rotary(rotary: Rotary) -> Rotary:
    """Reorder a table of interleaved pairs to halves, with the rotation's sign in the sine."""
    cos, sin = rotary
    cos, sin = cos[..., 0::2], sin[..., 1::2]
    return torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1)


@dataclass(frozen=True)
class FoldedOutput:
    """The output norm and projection: a LayerNorm's affine and a linear layer."""

    norm_weight: torch.Tensor
    norm_bias: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor

    def to(self, device: torch.device, dtype: torch.dtype) -> FoldedOutput:
        """Return the projection with its weights elsewhere or of another type."""
        return FoldedOutput(*(getattr(self, f.name).to(device, dtype) for f in fields(self)))

    def norm(self, video: torch.Tensor) -> torch.Tensor:
        """Normalise and modulate the last block's video states."""
        return _norm(video, self.norm_weight, self.norm_bias)

    def project(self, normed: torch.Tensor) -> torch.Tensor:
        """Return the patches [B, N, ph*pw*C] of the predicted latents."""
        return F.linear(normed, self.weight, self.bias)


def fold_output(transformer: TokenTransformer, condition: Condition, negate: bool) -> FoldedOutput:
    """Fold the output layer under a condition of batch 1, its sign included."""
    wan = transformer.wan
    shift, scale = (wan.scale_shift_table[0] + condition.embedding[:1]).unbind(0)
    sign = -1 if negate else 1
    return FoldedOutput(1 + scale, shift, sign * wan.proj_out.weight, sign * wan.proj_out.bias)


def _half_order(heads: int, head_dim: int, device: torch.device) -> torch.Tensor:
    """Return the channel order that turns interleaved pairs into halves within each head."""
    channel = torch.arange(head_dim, device=device)
    within = torch.cat([channel[0::2], channel[1::2]])
    return (torch.arange(heads, device=device)[:, None] * head_dim + within).flatten()


def _norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    return F.layer_norm(x, x.shape[-1:], weight, bias, _EPS)


def _rms(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return F.rms_norm(x, x.shape[-1:], weight, _EPS)


def _turn(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([second, first], -1) * sin


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Attention of [B, heads, N, head_dim] over keys of batch B or 1 -> [B, N, dim]."""
    if query.device.type == "cpu" and torch.is_grad_enabled():
        # The CPU's fused attention has a backward pass several times slower than two products;
        # elsewhere the fused one is the quicker, and does not keep every score in memory.
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        out = torch.softmax(scores, -1) @ value
    else:
        key, value = (t.expand(query.shape[0], -1, -1, -1) for t in (key, value))
        out = F.scaled_dot_product_attention(query, key, value)
    return out.transpose(1, 2).flatten(2)
