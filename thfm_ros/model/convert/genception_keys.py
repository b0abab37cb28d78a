# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""GenCeption's array names, shapes and layouts, and what each becomes in our checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from thfm_ros.model.config import ThfmConfig, TokenGroup
from thfm_ros.model.convert.errors import ConversionError


@dataclass(frozen=True)
class Rule:
    """How one source array becomes one of our tensors, or one per layer.

    target:  our name; "{}" stands for the layer; "" drops the array
    shape:   of the source array
    change:  what is done to (a layer of) it
    """

    target: str
    shape: tuple[int, ...]
    change: Callable[[np.ndarray], np.ndarray]


def source_rules(config: ThfmConfig, flat: dict[str, Any]) -> dict[str, Rule]:
    """Return the rule of every array that must be in the file, by its name there."""
    transformer = config.transformer
    dim, text = transformer.dim, transformer.text_dim
    rules: dict[str, Rule] = {}

    def linear(source: str, target: str, inputs: int, outputs: int, stacked: bool = False) -> None:
        lead = (transformer.layers,) if stacked else ()
        rules[f"{source}.kernel"] = Rule(f"{target}.weight", (*lead, inputs, outputs), np.transpose)
        rules[f"{source}.bias"] = Rule(f"{target}.bias", (*lead, outputs), _same)

    def block(source: str, target: str, shape: tuple[int, ...]) -> None:
        rules[f"blocks.{source}"] = Rule(
            f"wan.blocks.{{}}.{target}", (transformer.layers, *shape), _same
        )

    channels = transformer.latent_channels
    rules["patch_embedding.kernel"] = Rule(
        "wan.patch_embedding.weight",
        (*transformer.patch, channels, dim),
        lambda kernel: kernel.transpose(4, 3, 0, 1, 2),
    )
    rules["patch_embedding.bias"] = Rule("wan.patch_embedding.bias", (dim,), _same)
    embedder = "condition_embedder"
    for name, inputs, outputs in (
        ("time_embedder.linear_1", transformer.freq_dim, dim),
        ("time_embedder.linear_2", dim, dim),
        ("time_proj", dim, 6 * dim),
        ("text_embedder.linear_1", text, dim),
        ("text_embedder.linear_2", dim, dim),
    ):
        linear(f"{embedder}.{name}", f"wan.{embedder}.{name}", inputs, outputs)
    for attention in ("attn1", "attn2"):
        for source, target in (
            ("query", "to_q"),
            ("key", "to_k"),
            ("value", "to_v"),
            ("proj_attn", "to_out.0"),
        ):
            linear(
                f"blocks.{attention}.{source}",
                f"wan.blocks.{{}}.{attention}.{target}",
                dim,
                dim,
                True,
            )
        for norm in ("norm_q", "norm_k"):
            block(f"{attention}.{norm}.scale", f"{attention}.{norm}.weight", (dim,))
    block("norm2.layer_norm.scale", "norm2.weight", (dim,))
    block("norm2.layer_norm.bias", "norm2.bias", (dim,))
    ffn = transformer.ffn_dim
    linear("blocks.ffn.act_fn.proj", "wan.blocks.{}.ffn.net.0.proj", dim, ffn, True)
    linear("blocks.ffn.proj_out", "wan.blocks.{}.ffn.net.2", ffn, dim, True)
    block("adaln_scale_shift_table", "scale_shift_table", (1, 6, dim))
    linear("proj_out", "wan.proj_out", dim, channels * int(np.prod(transformer.patch)))
    rules["scale_shift_table"] = Rule("wan.scale_shift_table", (1, 2, dim), _same)
    for number, group in enumerate(config.tokens, 1):
        rules.update(_group_rules(number, group, dim, flat))
    return rules


def _group_rules(number: int, group: TokenGroup, dim: int, flat: dict[str, Any]) -> dict[str, Rule]:
    ours = f"groups.{group.name}"
    outputs = group.joints * group.values
    position = flat.get(f"{group.name}_num_frames_rope", 1)
    if position != 1:
        raise ConversionError(
            f"{group.name}_num_frames_rope is {position}, allowed is 1: a learned position"
        )
    return {
        # Multiplied by zeros in the official code: the bias alone is the token.
        f"learnable_{group.name}_proj.kernel": Rule("", (dim, dim), _same),
        f"learnable_{group.name}_proj.bias": Rule(f"{ours}.content", (dim,), lambda x: x[None]),
        f"{group.name}_scale_shift_table": Rule(
            f"{ours}.scale_shift_table", (1, 2, dim), lambda x: x[0]
        ),
        f"{group.name}_proj_out.kernel": Rule(
            f"{ours}.head.out.weight", (dim, outputs), np.transpose
        ),
        f"{group.name}_proj_out.bias": Rule(f"{ours}.head.out.bias", (outputs,), _same),
        f"learnable_hw_rope{number}": Rule(
            f"{ours}.position", (1, 1, 1, 2), lambda x: x.reshape(1, 2)
        ),
    }


def _same(array: np.ndarray) -> np.ndarray:
    return array
