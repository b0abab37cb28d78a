# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a training step minimises: task losses in pixels, landmark losses, codec reconstruction."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from thfm_ros.model.heads import HeatMap, cell_centres
from thfm_ros.tasks import DENSE, DenseTask, Target, pixel_losses
from thfm_ros.tasks.layout import BODY
from thfm_ros.training import landmark_losses as losses
from thfm_ros.training.samples import Batch

_WIDER = 2.0
"""How many times wider than a landmark's the target of a person's middle is: it is less exact."""
_SHARPEST = 0.03
"""Spread of a landmark in a heat map's target, in -1..1 of the image: labels are no better."""


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts in the sum.

    dense: task name -> weight, where it is another than `DenseTask.loss_weight`
    """

    dense: dict[str, float] = field(default_factory=dict)
    background: float = 0.1
    image_points: float = 3.0
    body_points: float = 3.0
    confidence: float = 0.2
    span: float = 2.0
    attention: float = 0.3
    people: float = 0.2
    reconstruction: float = 0.25

    def __post_init__(self) -> None:
        unknown = sorted(set(self.dense) - set(DENSE))
        if unknown:
            raise ValueError(f"loss.dense has {unknown}, allowed are {sorted(DENSE)}")

    def of(self, task: DenseTask) -> float:
        """Return a dense task's weight."""
        return self.dense.get(task.name, task.loss_weight)


def dense_loss(
    task: DenseTask, prediction: torch.Tensor, target: Target, weights: LossWeights
) -> torch.Tensor:
    """Loss of one dense task's RGB [B, 3, T, H, W] -> scalar."""
    loss = weights.of(task) * task.loss(prediction, target)
    if task.loss_on_people:
        nobody = pixel_losses.masked_l1(prediction, target.painted, 1 - target.people)
        loss = loss + weights.background * nobody
    return loss.mean()


def body_loss(
    values: torch.Tensor, batch: Batch, weights: LossWeights, tells_span: bool = False
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Loss of a body group's values [B, T, 34, 6], as of `BODY` -> scalar and its parts.

    tells_span: as of the token group
    """
    seen = batch.labelled * (0.5 + 0.5 * batch.visible)
    present = batch.person[..., None].expand_as(batch.labelled)
    terms = {
        "image_points": losses.landmarks(BODY.image_points(values), batch.image_points, seen),
        # Landmarks outside the picture still have a place in the body, if a less certain one.
        "body_points": losses.landmarks(
            BODY.body_points(values), batch.body_points, present * (0.3 + 0.7 * batch.labelled)
        ),
        "confidence": losses.confidence(
            BODY.visibility(values), batch.visible, torch.ones_like(present)
        )
        + losses.confidence(
            BODY.presence(values)[..., None],
            batch.person[..., None],
            torch.ones_like(batch.person[..., None]),
        ),
    }
    if tells_span:
        known = batch.valid["depth"].amax((1, 3, 4))
        terms["span"] = losses.landmarks(
            BODY.log_span(values)[..., None, None], batch.span[..., None, None], known[..., None]
        )
    parts = {name: term.mean() for name, term in terms.items()}
    return sum(getattr(weights, name) * part for name, part in parts.items()), parts


def attention_loss(heat: HeatMap, batch: Batch) -> torch.Tensor:
    """Heat-map loss of a body group's attention -> scalar; the last token has no landmark."""
    latents = heat.logits.shape[1]
    inside = (batch.image_points.abs() < 1).all(-1).to(heat.logits.dtype) * batch.labelled
    goal = _per_latent(batch.image_points, latents)
    weight = _per_latent(inside, latents)
    cells = cell_centres(heat.rows, heat.columns, heat.logits)
    logits = heat.logits[:, :, :-1]
    return losses.attention_heatmap(logits, goal, weight, cells, _spread(heat)).mean()


def people_loss(heat: HeatMap, batch: Batch) -> torch.Tensor:
    """Loss of the person token's attention -> scalar: it looks at the middle of every person."""
    latents = heat.logits.shape[1]
    cells = cell_centres(heat.rows, heat.columns, heat.logits)
    sigma = tuple(_WIDER * edge for edge in _spread(heat))
    present, centres = (_newest(values, latents) for values in (batch.present, batch.centres))
    return losses.mixture_heatmap(heat.logits[:, :, -1], centres, present, cells, sigma).mean()


def _spread(heat: HeatMap) -> tuple[float, float]:
    # One cell is 2 / rows high in -1..1; half a cell is as sharp as a grid can be.
    return max(1 / heat.columns, _SHARPEST), max(1 / heat.rows, _SHARPEST)


def _newest(values: torch.Tensor, latents: int) -> torch.Tensor:
    """Return the values of each latent frame's newest frame, [B, T, ...] -> [B, T', ...]."""
    return values[:, :: max(1, (values.shape[1] - 1) // max(1, latents - 1))]


def _per_latent(values: torch.Tensor, latents: int) -> torch.Tensor:
    """Average per-frame values [B, T, ...] over the frames of each latent frame -> [B, T', ...]."""
    first = values[:, :1]
    if latents == 1:
        return first
    later = values[:, 1:].unflatten(1, (latents - 1, -1)).mean(2)
    return torch.cat([first, later], 1)
