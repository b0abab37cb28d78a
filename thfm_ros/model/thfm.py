# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""THFM: codec, prompted transformer and tokens, in one forward pass without noise."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from thfm_ros import tasks as task_table
from thfm_ros.model.codec import Codec, GroupCodec, latent_frames
from thfm_ros.model.config import SPATIAL_STRIDE, TEMPORAL_STRIDE, ThfmConfig
from thfm_ros.model.heads import Evidence
from thfm_ros.model.passes import passes
from thfm_ros.model.prior_encoder import PriorEncoder
from thfm_ros.model.prompts import PromptTable, task_prompts
from thfm_ros.model.taehv import TaehvCodec
from thfm_ros.model.tiny_codec import TinyDecoder, TinyEncoder
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

    def decode(
        self,
        latents: torch.Tensor,
        last: int | None = None,
        features: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Latents as the transformer gives them -> RGB [B, 3, T, H, W], not clamped.

        last: how many of the newest frames are wanted; None = all
        features: what `feature_maps` gave of them, to go on from
        """
        last = _frames(latents) if last is None else min(last, _frames(latents))
        if features is not None:
            return self.codec.paint_last(features, last)
        if self.codec.chunk_local:
            return self.codec.decode_last(self._raw(latents), last)
        return self.codec.decode(self._raw(latents))[:, :, -last:]

    def feature_maps(self, latents: torch.Tensor, frames: int) -> torch.Tensor | None:
        """Return the decoder's features of the latent frames that hold the newest `frames`.

        [B, F, n, 2H', 2W'] of latents as the transformer gives them; None where no token group
        looks for landmarks there.
        """
        if not any(group.heat_maps for group in self.config.tokens):
            return None
        return self.codec.feature_maps(self._raw(latents), frames)

    def evidence(
        self, video: torch.Tensor, latents: torch.Tensor, features: torch.Tensor | None, frames: int
    ) -> Evidence:
        """Return what the tokens of the newest frames are read against.

        video: the normed states [B, N, dim] of the pass that carries the tokens; latents: what it
        predicted; features: what `feature_maps` gave of it
        """
        steps, *grid = self.transformer.grid(latents.shape)
        newest = min(latent_frames(frames), steps)
        video = video.unflatten(1, (steps, -1))[:, -newest:].flatten(1, 2)
        if features is not None:
            features = features.to(video.dtype)
        return Evidence(video, (newest, *grid), features)

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
        groups = tuple(self.transformer.groups) if groups is None else groups
        condition = self.transformer.condition(timestep, text)
        return self._read(latents, *self.transformer(latents, condition, _frames(latents), groups))

    def forward(self, video: torch.Tensor, tasks: tuple[str, ...]) -> RawOutputs:
        """Perceive a clip: RGB [B, 3, T, H, W] in -1..1, T = 4k + 1, H and W multiples of 16."""
        self.check(video, tasks)
        latents = self.encode(video)
        dense, tokens = {}, {}
        for task, groups in passes(self.config, tasks).items():
            predicted, values = self._run(latents, task, groups)
            if task in task_table.DENSE and task in tasks:
                dense[task] = self.decode(predicted)
            tokens.update(values)
        return RawOutputs(dense, tokens)

    def inflate(self) -> None:
        """Before training goes from single images to clips: let clips start where images are."""
        for part in (self.codec, *(group.head for group in self.transformer.groups.values())):
            if hasattr(part, "inflate"):
                part.inflate()

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

    def _raw(self, latents: torch.Tensor) -> torch.Tensor:
        return latents * self.std + self.mean if self.config.normalize_latents else latents

    def _run(
        self, latents: torch.Tensor, task: str, groups: tuple[str, ...]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        shared = self.config.shared_blocks
        transformer = self.transformer
        rotary = transformer.wan.rope(latents)
        video = transformer.embed(latents)
        states = transformer.enter(groups, latents.shape, _frames(latents))
        if shared:
            neutral = self._condition(task_table.NEUTRAL_PROMPT, latents)
            video, states = transformer.run(slice(shared), video, states, neutral, rotary)
        condition = self._condition(task_table.TASKS[task].prompt, latents)
        video, states = transformer.run(slice(shared, None), video, states, condition, rotary)
        return self._read(latents, *transformer.leave(video, states, condition, latents))

    def _read(
        self,
        latents: torch.Tensor,
        output: torch.Tensor,
        video: torch.Tensor,
        states: dict[str, torch.Tensor],
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Turn what the transformer gave for latents to predicted latents and token values."""
        predicted = -output if self.config.negate else output
        if self.config.residual:
            predicted = latents + predicted
        if not states:
            return predicted, {}
        frames = _frames(latents)
        features = self.feature_maps(predicted, frames)
        evidence = self.evidence(video, predicted, features, frames)
        groups = self.transformer.groups
        return predicted, {
            name: groups[name].read(x, evidence, frames)[0] for name, x in states.items()
        }

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
    channels = config.transformer.latent_channels
    encoders = {"tiny": TinyEncoder, "prior": PriorEncoder}
    if config.codec.kind in encoders:
        encoder = encoders[config.codec.kind](config.codec.encoder, channels)
        return GroupCodec(encoder, TinyDecoder(config.codec.decoder, channels))
    if config.codec.kind == "taehv":
        return TaehvCodec(*latent_statistics(config), channels)
    return WanCodec.random(config.codec)


def _frames(latents: torch.Tensor) -> int:
    """Return how many video frames latents [B, C, T', H', W'] stand for."""
    return TEMPORAL_STRIDE * (latents.shape[2] - 1) + 1
