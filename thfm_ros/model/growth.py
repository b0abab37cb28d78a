# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Models out of trained models: larger ones that go on from smaller ones, and averages."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.prompts import PromptTable
from thfm_ros.model.thfm import Thfm


def grown(model: Thfm, changes: dict[str, Any]) -> Thfm:
    """Return a model of a changed config that goes on from another's weights.

    Blocks that are new start as the identity, so that the larger model computes what the smaller
    one did: residual blocks of the codec, and blocks of the transformer, which come after the
    shared ones. Raises ValueError for a change that leaves trained weights without their place, or
    shares blocks that were trained for each task.
    """
    larger = Thfm(ThfmConfig.from_json({**model.config.to_json(), **changes}))
    # A task that is new has a prompt that is new; those that are known keep their place.
    known, needed = model.prompts.to_dict(), larger.prompts.to_dict()
    larger.prompts = PromptTable({**known, **{t: needed[t] for t in needed if t not in known}})
    kept, weights = larger.state_dict(), _moved_blocks(model, larger)
    lost = [name for name in weights if name not in kept or kept[name].shape != weights[name].shape]
    if lost:
        raise ValueError(f"model {changes} drops or reshapes weights of the start: {lost[:3]}")
    gained = larger.config.shared_blocks - model.config.shared_blocks
    if not 0 <= gained <= _new_blocks(model, larger):
        raise ValueError(
            f"shared_blocks is {larger.config.shared_blocks}, allowed with "
            f"{larger.config.transformer.layers} layers is {model.config.shared_blocks}, "
            "and one more for every block that is new"
        )
    larger.load_state_dict(weights, strict=False)
    first = model.config.shared_blocks
    for block in larger.transformer.wan.blocks[first : first + _new_blocks(model, larger)]:
        for last in (block.attn1.to_out[0], block.attn2.to_out[0], block.ffn.net[-1]):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
    return larger


def _new_blocks(model: Thfm, larger: Thfm) -> int:
    return larger.config.transformer.layers - model.config.transformer.layers


def _moved_blocks(model: Thfm, larger: Thfm) -> dict[str, torch.Tensor]:
    """Return a model's weights under their names in a larger one."""

    def moved(name: re.Match) -> str:
        block = int(name[2])
        return f"{name[1]}{block + new * (block >= model.config.shared_blocks)}."

    new = _new_blocks(model, larger)
    named = model.state_dict().items()
    return {re.sub(r"(wan\.blocks\.)(\d+)\.", moved, name): weight for name, weight in named}


def averaged(models: Sequence[Thfm], shares: Sequence[float]) -> Thfm:
    """Return the weighted mean of models' weights (a model soup, Wortsman et al. 2022).

    Helps where all come from one training, apart by some steps. Those with fewer blocks than the
    first grow first. Raises ValueError for shares that do not sum to 1, and for models of other
    shapes or prompts.
    """
    if len(shares) != len(models) or abs(sum(shares) - 1) > 1e-6:
        raise ValueError(f"shares are {list(shares)}, allowed are {len(models)} that sum to 1")
    first = copy.deepcopy(models[0])
    if any(model.prompts.texts != first.prompts.texts for model in models):
        raise ValueError("the models' prompts differ")
    shape = {"transformer", "codec", "shared_blocks"}
    changes = {name: value for name, value in first.config.to_json().items() if name in shape}
    states = [models[0].state_dict(), *(grown(m, changes).state_dict() for m in models[1:])]
    first.load_state_dict(
        {
            name: sum(share * state[name] for share, state in zip(shares, states, strict=True))
            for name in states[0]
        }
    )
    return first
