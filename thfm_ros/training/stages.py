# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stages of training: what is learned, what is frozen, and what a batch costs.

codec:   the codec alone learns RGB and every painted target, or another codec's latents of them
latent:  THFM's first stage: the transformer matches target latents; the codec is frozen
ambient: THFM's second stage: task losses in pixels, through the decoder
tokens:  landmark losses only; everything that makes dense output is frozen
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from thfm_ros.model.codec import Codec
from thfm_ros.model.config import TokenGroup
from thfm_ros.model.folding.forward import FoldedTransformer
from thfm_ros.model.heads import HeatMap
from thfm_ros.model.thfm import Thfm, passes
from thfm_ros.tasks import DENSE
from thfm_ros.tasks.layout import LAYOUTS
from thfm_ros.training.objective import (
    LossWeights,
    attention_loss,
    body_loss,
    dense_loss,
    people_loss,
)
from thfm_ros.training.samples import Batch

STAGES = ("codec", "latent", "ambient", "tokens")
Loss = tuple[torch.Tensor, dict[str, torch.Tensor]]


class Stage(nn.Module):
    """A model with one stage's loss as its forward, so that data-parallel wrappers see it."""

    def __init__(
        self,
        model: Thfm,
        name: str,
        weights: LossWeights,
        train_codec: bool,
        train_prior: bool,
        dtype: torch.dtype,
        teacher: Codec | None = None,
        recompute: bool = False,
    ) -> None:
        super().__init__()
        if name not in STAGES:
            raise ValueError(f"stage is {name!r}, allowed is one of {STAGES}")
        self.model = model
        self.name = name
        self.weights = weights
        self.dtype = dtype
        self.recompute = recompute
        # Not a sub-module: the teacher is neither trained nor saved.
        self.teacher = [teacher]
        self.tasks = model.config.dense_tasks
        self.dense_tasks = tuple(self.tasks)
        self.sparse_tasks = tuple(task for task in model.config.tasks if task not in DENSE)
        _freeze(model, name, train_codec, train_prior)

    def forward(self, batch: Batch, tasks: tuple[str, ...]) -> Loss:
        """Return the loss of a batch for some dense tasks, and its terms for the log."""
        with torch.autocast(
            batch.video.device.type, self.dtype, enabled=self.dtype != torch.float32
        ):
            return getattr(self, f"_{self.name}")(batch, tasks)

    def _codec(self, batch: Batch, tasks: tuple[str, ...]) -> Loss:
        clips = torch.cat([batch.video, *(self._painted(batch, task) for task in tasks)])
        (teacher,) = self.teacher
        if teacher is not None:
            return self._distillation(teacher, clips)
        error = (self.model.decode(self.model.encode(clips)) - clips).abs().flatten(1).mean(1)
        rows = error.split(len(batch.video))
        terms = {name: row.mean() for name, row in zip(("rgb", *tasks), rows, strict=True)}
        return error.mean(), terms

    def _distillation(self, teacher: Codec, clips: torch.Tensor) -> Loss:
        """Match another codec's latents, in units of their spread, and decode them to the clip."""
        with torch.no_grad():
            goal = teacher.encode(clips)
        latents = (self.model.codec.encode(clips) - goal) / self.model.std
        terms = {
            "latents": latents.square().mean(),
            "pictures": (self.model.codec.decode(goal) - clips).abs().mean(),
        }
        return terms["latents"] + terms["pictures"], terms

    def _latent(self, batch: Batch, tasks: tuple[str, ...]) -> Loss:
        latents = self.model.encode(batch.video)
        predicted, read = self._transform(latents, tasks)
        terms = {}
        for task in tasks:
            with torch.no_grad():
                target = self.model.encode(self._painted(batch, task))
            terms[task] = F.mse_loss(predicted[task], target)
        total = sum(terms.values()) + self._tokens_loss(predicted, read, batch, terms)
        return total, terms

    def _ambient(self, batch: Batch, tasks: tuple[str, ...]) -> Loss:
        latents = self.model.encode(batch.video)
        predicted, read = self._transform(latents, tasks)
        latents_of = torch.cat([predicted[task] for task in tasks])
        decoded = self.model.decode(latents_of)
        terms = {
            task: dense_loss(
                self.tasks[task], rgb.float(), batch.target(self.tasks[task]), self.weights
            )
            for task, rgb in zip(tasks, decoded.chunk(len(tasks)), strict=True)
        }
        total = sum(terms.values()) + self._tokens_loss(predicted, read, batch, terms)
        if self.weights.reconstruction and self._trains_codec():
            terms["reconstruction"] = self._reconstruction(latents, batch, tasks[0])
            total = total + self.weights.reconstruction * terms["reconstruction"]
        return total, terms

    def _tokens(self, batch: Batch, tasks: tuple[str, ...]) -> Loss:
        with torch.no_grad():
            latents = self.model.encode(batch.video)
        terms: dict[str, torch.Tensor] = {}
        return self._tokens_loss(*self._transform(latents, ()), batch, terms), terms

    def _transform(self, latents: torch.Tensor, tasks: tuple[str, ...]):
        # Constants are folded in full precision and rounded once.
        with torch.autocast(latents.device.type, enabled=False):
            folded = FoldedTransformer(
                self.model, tasks + self.sparse_tasks, self.dtype, self.recompute
            )
        return folded(latents)

    def _tokens_loss(self, predicted, read, batch: Batch, terms: dict) -> torch.Tensor | float:
        total, frames = 0.0, batch.video.shape[2]
        for task, names in passes(self.model.config, self.sparse_tasks).items():
            names = [name for name in names if name in read]
            if not names:
                continue
            features = self.model.feature_maps(predicted[task], frames)
            for name in names:
                states, video = read[name]
                evidence = self.model.evidence(video, predicted[task], features, frames)
                tokens = self.model.transformer.groups[name]
                values, maps = tokens.read(states, evidence, frames)
                total = total + self._group_loss(tokens.group, values.float(), maps, batch, terms)
        return total

    def _group_loss(
        self,
        group: TokenGroup,
        values: torch.Tensor,
        maps: tuple[HeatMap, ...],
        batch: Batch,
        terms: dict[str, torch.Tensor],
    ) -> torch.Tensor:
        if group.meaning == "body":
            loss, parts = body_loss(values, batch, self.weights, group.tells_span)
            parts["attention"] = sum(attention_loss(heat, batch) for heat in maps)
            parts["people"] = sum(people_loss(heat, batch) for heat in maps)
            terms.update(parts)
            loss = loss + self.weights.attention * parts["attention"]
            return loss + self.weights.people * parts["people"]
        if group.layout is None:
            raise ValueError(
                f"tokens.{group.name}.meaning is {group.meaning!r}, "
                f"allowed for training is one of {sorted(LAYOUTS)}"
            )
        if group.layout.image:
            target, counted = batch.image_points, batch.labelled
        else:
            target, counted = batch.body_points, batch.person[..., None]
        error = (values - target).square().sum(-1)
        terms[group.name] = (error * counted).sum() / counted.expand_as(error).sum().clamp(min=1)
        return terms[group.name]

    def _reconstruction(self, latents: torch.Tensor, batch: Batch, task: str) -> torch.Tensor:
        """L1 of the codec on one picture and one painted target: it stays a codec."""
        picture, painted = batch.video[:1], self._painted(batch, task)[:1]
        coded = torch.cat([latents[:1], self.model.encode(painted)])
        return (self.model.decode(coded) - torch.cat([picture, painted])).abs().mean()

    def _painted(self, batch: Batch, task: str) -> torch.Tensor:
        """Return the target RGB [B, 3, T, H, W] of a dense task."""
        return self.tasks[task].paint(batch.maps[task])

    def _trains_codec(self) -> bool:
        return any(parameter.requires_grad for parameter in self.model.codec.parameters())


def draw_tasks(tasks: Sequence[str], count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Draw `count` distinct tasks (all if there are no more), in a fresh order."""
    return tuple(tasks[i] for i in rng.permutation(len(tasks))[:count])


def _freeze(model: Thfm, stage: str, train_codec: bool, train_prior: bool) -> None:
    model.requires_grad_(stage in ("latent", "ambient"))
    model.codec.requires_grad_(stage == "codec" or (stage == "ambient" and train_codec))
    model.transformer.groups.requires_grad_(stage != "codec")
    network = getattr(getattr(model.codec, "encoder", None), "network", None)
    if network is not None and not train_prior:
        network.requires_grad_(False)
