# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""THFM: codec, prompted transformer and tokens, in one forward pass without noise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from thfm_ros import tasks as task_table
from thfm_ros.model.codec import Codec, TinyCodec
from thfm_ros.model.config import SPATIAL_STRIDE, TEMPORAL_STRIDE, ThfmConfig
from thfm_ros.model.prompts import PromptTable, task_prompts
from thfm_ros.model.taehv import TaehvCodec
from thfm_ros.model.transformer import Condition, TokenTransformer
from thfm_ros.model.wan_codec import WanCodec


@dataclass(frozen=True)
class RawOutputs:
    """What one pass gives, before tasks are decoded.

    dense:  task name -> RGB [B, 3, T, H, W], about -1..1
    tokens: group name -> [B, T, joints, values]
    """

    dense: dict[str, torch.Tensor]
    tokens: dict[str, torch.Tensor]


class Thfm(nn.Module):
    """The whole model. Weights are random until a checkpoint is loaded.

    Layout of the state dict: `transformer.wan.*` (diffusers' names), `transformer.groups.*`,
    `codec.*`, `prompts.*`.
    """

    def __init__(self, config: ThfmConfig, codec: Codec | None = None) -> None:
        super().__init__()
        self.config = config
        self.transformer = TokenTransformer(config)
        self.codec = codec if codec is not None else build_codec(config)
        self.prompts = PromptTable.random(task_prompts(config), config.transformer.text_dim)
        mean, std = latent_statistics(config)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def encode(self, video: torch.Tensor) -> torch.Tensor:
        """RGB [B, 3, T, H, W] in -1..1 -> latents as the transformer takes them."""
        return self._normalised(self.codec.encode(video))

    def encode_group(self, frames: torch.Tensor) -> torch.Tensor:
        """Encode one latent frame's frames, RGB [B, 3, 1 or 4, H, W] -> [B, C, 1, H/8, W/8].

        For a codec whose latent frames do not depend on one another; see `Codec.chunk_local`.
        """
        first = frames.shape[2] == 1
        codec = self.codec
        latents = codec.encode_image(frames[:, :, 0]) if first else codec.encode_group(frames)
        return self._normalised(latents.unsqueeze(2))

    def decode(self, latents: torch.Tensor, last: int | None = None) -> torch.Tensor:
        """Latents as the transformer gives them -> RGB [B, 3, T, H, W], not clamped.

        last: how many of the newest frames are wanted; None = all
        """
        if self.config.normalize_latents:
            latents = latents * self.std + self.mean
        if last is None:
            return self.codec.decode(latents)
        if self.codec.chunk_local:
            return self.codec.decode_last(latents, last)
        return self.codec.decode(latents)[:, :, -last:]

    def predict(
        self,
        latents: torch.Tensor,
        text: torch.Tensor,
        timestep: torch.Tensor | None = None,
        groups: tuple[str, ...] | None = None,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Run the transformer under one prompt: latents in, target latents and token values out.

        latents [B, C, T', H', W'], text [B, L, text_dim], timestep int [B] (the config's if None),
        groups: the token groups to run (all if None)
        """
        if timestep is None:
            timestep = latents.new_full(latents.shape[:1], self.config.timestep, dtype=torch.long)
        frames = TEMPORAL_STRIDE * (latents.shape[2] - 1) + 1
        groups = tuple(self.transformer.groups) if groups is None else groups
        condition = self.transformer.condition(timestep, text)
        output, values = self.transformer(latents, condition, frames, groups)
        return (-output if self.config.negate else output), values

    def forward(self, video: torch.Tensor, tasks: tuple[str, ...]) -> RawOutputs:
        """Perceive a clip: RGB [B, 3, T, H, W] in -1..1, T = 4k + 1, H and W multiples of 16."""
        self.check(video, tasks)
        latents = self.encode(video)
        dense, tokens = {}, {}
        for task, groups in passes(self.config, tasks).items():
            output, values = self._run(latents, task, groups)
            if task in task_table.DENSE and task in tasks:
                dense[task] = self.decode(output)
            tokens.update(values)
        return RawOutputs(dense, tokens)

    def spread_image(self) -> None:
        """Before training goes from single images to clips: let clips start where images are."""
        for part in (self.codec, *(group.head for group in self.transformer.groups.values())):
            if hasattr(part, "spread_image"):
                part.spread_image()

    def check(self, video: torch.Tensor, tasks: tuple[str, ...]) -> None:
        """Raise ValueError for a clip or a task that this model cannot take."""
        task_table.check_tasks(tasks)
        untrained = [task for task in tasks if task not in self.config.tasks]
        if untrained:
            raise ValueError(f"tasks {untrained} are not in this checkpoint: {self.config.tasks}")
        if video.ndim != 5 or video.shape[1] != 3:
            raise ValueError(f"clip has shape {tuple(video.shape)}, allowed is [B, 3, T, H, W]")
        frames, *edges = video.shape[2:]
        stride = SPATIAL_STRIDE * self.config.transformer.patch[1]
        if frames % TEMPORAL_STRIDE != 1 or any(edge % stride for edge in edges):
            raise ValueError(
                f"clip is {frames} frames of {edges[1]}x{edges[0]}, "
                f"allowed are 4k + 1 frames and multiples of {stride} pixels"
            )

    def _normalised(self, latents: torch.Tensor) -> torch.Tensor:
        return (latents - self.mean) / self.std if self.config.normalize_latents else latents

    def _run(
        self, latents: torch.Tensor, task: str, groups: tuple[str, ...]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        shared = self.config.shared_blocks
        transformer = self.transformer
        frames = TEMPORAL_STRIDE * (latents.shape[2] - 1) + 1
        rotary = transformer.wan.rope(latents)
        video = transformer.embed(latents)
        states = transformer.enter(groups, latents.shape[0], frames, latents.shape[2])
        if shared:
            neutral = self._condition(task_table.NEUTRAL_PROMPT, latents)
            video, states = transformer.run(slice(shared), video, states, neutral, rotary)
        condition = self._condition(task_table.TASKS[task].prompt, latents)
        video, states = transformer.run(slice(shared, None), video, states, condition, rotary)
        output, values = transformer.leave(video, states, condition, latents)
        return (-output if self.config.negate else output), values

    def _condition(self, prompt: str, latents: torch.Tensor) -> Condition:
        batch = latents.shape[0]
        timestep = latents.new_full((batch,), self.config.timestep, dtype=torch.long)
        text = self.prompts[prompt].to(latents.dtype).expand(batch, -1, -1)
        return self.transformer.condition(timestep, text)


def latent_statistics(config: ThfmConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the codec's mean and standard deviation per latent channel, [1, C, 1, 1, 1]."""
    channels = config.transformer.latent_channels
    mean = torch.tensor(config.codec.mean or (0.0,) * channels)
    std = torch.tensor(config.codec.std or (1.0,) * channels)
    return mean.view(1, -1, 1, 1, 1), std.view(1, -1, 1, 1, 1)


def build_codec(config: ThfmConfig) -> Codec:
    """Build the codec that a config names, with random weights."""
    if config.codec.kind == "tiny":
        return TinyCodec(config.codec, config.transformer.latent_channels)
    if config.codec.kind == "taehv":
        return TaehvCodec(*latent_statistics(config), config.transformer.latent_channels)
    return WanCodec.random(config.codec)


def passes(config: ThfmConfig, tasks: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return which passes the tasks need: the task whose prompt runs -> the token groups that ride.

    Sparse tasks ride on the checkpoint's `token_task`, or have one pass of their own.
    """
    needed = {task: () for task in tasks if task in task_table.DENSE}
    if any(task in task_table.SPARSE for task in tasks):
        carrier = config.token_task or "keypoints2d"
        needed[carrier] = tuple(group.name for group in config.tokens)
    return needed
