# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The folded model: what backends compile and what training steps through."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from thfm_ros import tasks as task_table
from thfm_ros.model.config import TEMPORAL_STRIDE
from thfm_ros.model.thfm import RawOutputs, Thfm, passes
from thfm_ros.model.transformer import unpatchify
from thfm_ros.runtime.fold import fold_block, fold_output, fold_rotary


class FoldedTransformer:
    """A `Thfm`'s transformer under its fixed timestep and the prompts of some tasks.

    Weights stay connected to the model's parameters while gradients are on, so that a trainer can
    fold at every step; under no_grad they are constants.
    """

    def __init__(
        self, model: Thfm, tasks: tuple[str, ...], dtype: torch.dtype | None = None
    ) -> None:
        self.model = model
        self.config = model.config
        self.transformer = model.transformer
        self.passes = passes(model.config, tasks)
        self.tasks = tasks
        wan = self.transformer.wan
        self.dtype = dtype or wan.proj_out.weight.dtype
        shared = self.config.shared_blocks
        self.trunk = []
        if shared:
            neutral = self._condition(task_table.NEUTRAL_PROMPT)
            self.trunk = [fold_block(b, neutral).to(self.dtype) for b in wan.blocks[:shared]]
        self.branches, self.outputs = {}, {}
        for task in self.passes:
            condition = self._condition(task_table.TASKS[task].prompt)
            self.branches[task] = [
                fold_block(b, condition).to(self.dtype) for b in wan.blocks[shared:]
            ]
            output = fold_output(self.transformer, condition, self.config.negate)
            self.outputs[task] = output.to(self.dtype)

    def __call__(
        self, latents: torch.Tensor
    ) -> tuple[dict[str, torch.Tensor], dict[str, tuple[torch.Tensor, torch.Tensor]]]:
        """Predict target latents, and the states that the tokens' heads read.

        latents: [B, C, T', H', W']. Returns ({task: latents}, {group: (states, normed video)}).
        """
        grid = self.transformer.grid(latents)
        frames = TEMPORAL_STRIDE * (grid[0] - 1) + 1
        rotary = self._rotary(self.transformer.wan.rope(latents))
        states = self._enter(latents.shape[0], frames, grid[0])
        video, states = self._run(self.trunk, self._embed(latents), rotary, states)
        dense, read = {}, {}
        for task, groups in self.passes.items():
            riding = {name: states[name] for name in groups}
            out, riding = self._run(self.branches[task], video, rotary, riding)
            normed = self.outputs[task].norm(out)
            if task in self.tasks and task in task_table.DENSE:
                patches = self.outputs[task].project(normed)
                dense[task] = unpatchify(patches, grid, self.config.transformer.patch)
            read.update({name: (x, normed) for name, (x, _) in riding.items()})
        return dense, read

    def _condition(self, prompt: str):
        wan = self.transformer.wan
        timestep = torch.full((1,), self.config.timestep, device=wan.proj_out.weight.device)
        text = self.model.prompts[prompt].to(wan.proj_out.weight.dtype)[None]
        return self.transformer.condition(timestep, text)

    def _rotary(self, table):
        return tuple(part.to(self.dtype) for part in fold_rotary(table))

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

    def _enter(self, batch: int, frames: int, latents: int):
        names = {name for groups in self.passes.values() for name in groups}
        return {
            name: (
                group.states(batch, frames, latents).to(self.dtype),
                self._rotary(group.rotary(frames, latents)),
            )
            for name, group in self.transformer.groups.items()
            if name in names
        }

    @staticmethod
    def _run(blocks, video, rotary, states):
        states = dict(states)
        for block in blocks:
            video, context = block.run(video, rotary)
            for name, (x, table) in states.items():
                states[name] = (block.run(x, table, context)[0], table)
        return video, states


class FoldedThfm:
    """A whole `Thfm`, folded: RGB clip in, task RGB and token values out."""

    def __init__(self, model: Thfm, tasks: tuple[str, ...]) -> None:
        self.model = model
        self.transformer = FoldedTransformer(model, tasks)

    def __call__(self, video: torch.Tensor) -> RawOutputs:
        """Perceive a clip, RGB [B, 3, T, H, W] in -1..1."""
        latents = self.model.encode(video)
        predicted, read = self.transformer(latents)
        grid = self.model.transformer.grid(latents)
        dense = {task: self.model.decode(z.to(video.dtype)) for task, z in predicted.items()}
        groups = self.model.transformer.groups
        tokens = {name: groups[name].read(x, video, grid) for name, (x, video) in read.items()}
        return RawOutputs(dense, tokens)
