# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The folded transformer: what backends compile and what training steps through."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from thfm_ros import tasks as task_table
from thfm_ros.model.config import TEMPORAL_STRIDE
from thfm_ros.model.folding.constants import (
    FoldedBlock,
    fold_block,
    fold_output,
    fold_rotary,
    fold_text,
)
from thfm_ros.model.passes import passes
from thfm_ros.model.thfm import Thfm
from thfm_ros.model.transformer import Condition, Rotary, unpatchify

States = dict[str, torch.Tensor]
_VIDEO = ""


class FoldedTransformer:
    """A `Thfm`'s transformer under its fixed timestep and the prompts of some tasks.

    Weights stay connected to the model's parameters while gradients are on, so that a trainer can
    fold at every step; under no_grad they are constants.

    recompute: keep only each block's inputs for the backward pass and run the block again there
    device: where to run: the model's blocks are folded one by one on the way there, and freed, as a
            large model fits nowhere twice; whoever asks takes the rest of the model there. None =
            where the model is, which stays whole
    """

    def __init__(
        self,
        model: Thfm,
        tasks: tuple[str, ...],
        dtype: torch.dtype | None = None,
        recompute: bool = False,
        device: torch.device | None = None,
    ) -> None:
        self.model = model
        self._recompute = recompute
        self.config = model.config
        self.transformer = model.transformer
        self.passes = passes(model.config, tasks)
        self.tasks = tasks
        wan = self.transformer.wan
        self.dtype = dtype or wan.proj_out.weight.dtype
        shared = self.config.shared_blocks
        self.groups = tuple(dict.fromkeys(n for names in self.passes.values() for n in names))
        self._known_tables: dict[tuple[int, ...], dict[str, Rotary]] = {}
        self.shared: list[FoldedBlock] = []
        self.branches: dict[str, list[FoldedBlock]] = {task: [] for task in self.passes}
        neutral = self._condition(task_table.NEUTRAL_PROMPT) if shared else None
        conditions = {t: self._condition(task_table.TASKS[t].prompt) for t in self.passes}
        target = device or wan.proj_out.weight.device
        for layer, block in enumerate(wan.blocks):
            if layer < shared:
                self.shared.append(fold_block(block, neutral).to(target, self.dtype))
            else:
                self._fold_branches(block, conditions, target)
            if device is not None:
                wan.blocks[layer] = nn.Identity()
        # The output knows the timestep, which is the same for all, and no prompt.
        some = next(iter(conditions.values()))
        self.output = fold_output(self.transformer, some, self.config.negate)
        self.output = self.output.to(target, self.dtype)

    def tensors(self, passes: tuple[str, ...]) -> list[torch.Tensor]:
        """Return the folded weights that some passes read."""
        blocks = [*self.shared, *(block for task in passes for block in self.branches[task])]
        values = (value for part in (*blocks, self.output) for value in vars(part).values())
        return [value for value in values if isinstance(value, torch.Tensor)]

    def _fold_branches(
        self, block: nn.Module, conditions: dict[str, Condition], target: torch.device
    ) -> None:
        """Fold a block once, and what of it depends on the prompt for every pass."""
        first, *_ = conditions.values()
        folded = fold_block(block, first).to(target, self.dtype)
        for task, condition in conditions.items():
            own = folded if condition is first else folded.under(fold_text(block, condition))
            self.branches[task].append(own)

    def __call__(
        self, latents: torch.Tensor
    ) -> tuple[dict[str, torch.Tensor], dict[str, tuple[torch.Tensor, torch.Tensor]]]:
        """Predict target latents, and the states that the tokens' heads read.

        latents: [B, C, T', H', W']. Returns ({pass: latents}, {group: (states, normed video)}).
        """
        video, states = self.trunk(latents)
        predictions, read = {}, {}
        for task in self.passes:
            predictions[task], found = self.branch(task, latents, video, states)
            read.update(found)
        return predictions, read

    def trunk(self, latents: torch.Tensor) -> tuple[torch.Tensor, States]:
        """Run what all tasks share: latents -> video states [B, N, dim] and every group's."""
        states = {
            name: group.states(latents.shape[0], *_lengths(latents.shape)).to(self.dtype)
            for name, group in self.transformer.groups.items()
            if name in self.groups
        }
        return self._run(self.shared, self._embed(latents), states, self._tables(latents.shape))

    def branch(
        self, task: str, latents: torch.Tensor, video: torch.Tensor, states: States
    ) -> tuple[torch.Tensor, dict[str, tuple[torch.Tensor, torch.Tensor]]]:
        """Run the rest under one task's prompt, from the latents and what `trunk` gave of them.

        Returns the pass's latents, and for each group that rides on it its states and the normed
        video.
        """
        shape = latents.shape
        riding = {name: states[name] for name in self.passes[task]}
        video, riding = self._run(self.branches[task], video, riding, self._tables(shape))
        normed = self.output.norm(video)
        patches = self.output.project(normed)
        grid = self.transformer.grid(shape)
        predicted = unpatchify(patches, grid, self.config.transformer.patch)
        if self.config.residual:
            predicted = latents + predicted
        return predicted, {name: (x, normed) for name, x in riding.items()}

    def _condition(self, prompt: str) -> Condition:
        wan = self.transformer.wan
        timestep = torch.full((1,), self.config.timestep, device=wan.proj_out.weight.device)
        text = self.model.prompts[prompt].to(wan.proj_out.weight.dtype)[None]
        return self.transformer.condition(timestep, text)

    def _tables(self, shape: torch.Size) -> dict[str, Rotary]:
        """Return the rotary tables of the video ("") and of each group, for latents of a shape."""
        if torch.is_grad_enabled():
            return self._build_tables(shape)
        # Constants of a shape: built once, and at one address for a captured graph.
        key = tuple(shape[2:])
        if key not in self._known_tables:
            self._known_tables[key] = self._build_tables(shape)
        return self._known_tables[key]

    def _build_tables(self, shape: torch.Size) -> dict[str, Rotary]:
        groups = self.transformer.groups
        wan = self.transformer.wan
        like = wan.proj_out.weight.new_empty(()).expand(shape)
        grid = self.transformer.grid(shape)[1:]
        tables = {name: groups[name].rotary(*_lengths(shape), grid) for name in self.groups}
        tables[_VIDEO] = wan.rope(like)
        return {
            name: tuple(part.to(self.dtype) for part in fold_rotary(table))
            for name, table in tables.items()
        }

    def _embed(self, latents: torch.Tensor) -> torch.Tensor:
        embedding = self.transformer.wan.patch_embedding
        weight, bias = embedding.weight.to(self.dtype), embedding.bias.to(self.dtype)
        _, rows, columns = embedding.kernel_size
        # A patch embedding is a matrix product over unfolded patches; Conv3d is slow on CPUs.
        batch, channels, steps, height, width = latents.shape
        patches = latents.to(self.dtype).reshape(
            batch, channels, steps, height // rows, rows, width // columns, columns
        )
        patches = patches.permute(0, 2, 3, 5, 1, 4, 6).flatten(4).flatten(1, 3)
        return F.linear(patches, weight.flatten(1), bias)

    def _run(
        self,
        blocks: list[FoldedBlock],
        video: torch.Tensor,
        states: States,
        tables: dict[str, Rotary],
    ) -> tuple[torch.Tensor, States]:
        for block in blocks:
            if self._recompute and torch.is_grad_enabled():
                video, states = checkpoint(_step, block, video, states, tables, use_reentrant=False)
            else:
                video, states = _step(block, video, states, tables)
        return video, states


def _step(
    block: FoldedBlock, video: torch.Tensor, states: States, tables: dict[str, Rotary]
) -> tuple[torch.Tensor, States]:
    """Run a block on the video, and on the tokens that look at it."""
    video, context = block.run(video, tables[_VIDEO])
    return video, {n: block.run(x, tables[n], context)[0] for n, x in states.items()}


def _lengths(shape: torch.Size) -> tuple[int, int]:
    """Return how many video frames and latent frames latents of a shape span."""
    return TEMPORAL_STRIDE * (shape[2] - 1) + 1, shape[2]
