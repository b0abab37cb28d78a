# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of landmarks and of the heat maps that they are found in.

Every loss first averages within a sample and returns [B]: the caller weighs and averages.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from thfm_ros.tasks.pixel_losses import weighted_mean


def landmarks(
    prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor, beta: float = 0.05
) -> torch.Tensor:
    """Smooth L1 of positions [B, T, K, D] over landmarks that count [B, T, K] -> [B]."""
    error = F.smooth_l1_loss(prediction, target, beta=beta, reduction="none").sum(-1)
    return weighted_mean(error, weight)


def confidence(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of logits [B, T, K] against 0 or 1 -> [B]."""
    error = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return weighted_mean(error, weight)


def attention_heatmap(
    logits: torch.Tensor,
    target: torch.Tensor,
    weight: torch.Tensor,
    centres: torch.Tensor,
    sigma: tuple[float, float],
) -> torch.Tensor:
    """Cross-entropy of each token's attention against a Gaussian at its landmark -> [B].

    logits [B, T', K, P]; target [B, T', K, 2] and centres [P, 2] in -1..1 of the image; weight
    [B, T', K]; sigma in the same unit along x and y.
    """
    goal = _gaussians(target, centres, sigma)
    entropy = -(goal * logits.log_softmax(-1)).sum(-1)
    return weighted_mean(entropy, weight)


def mixture_heatmap(
    logits: torch.Tensor,
    targets: torch.Tensor,
    present: torch.Tensor,
    cells: torch.Tensor,
    sigma: tuple[float, float],
) -> torch.Tensor:
    """Cross-entropy of a heat map against a Gaussian at each of several targets -> [B].

    logits [B, T', P]; targets [B, T', N, 2] in -1..1 of the image, present [B, T', N] 1 where there
    is one (a frame without any does not count); cells [P, 2]; sigma along x and y
    """
    each, count = _gaussians(targets, cells, sigma), present.sum(-1)
    goal = (each * present[..., None]).sum(-2) / count.clamp(min=1)[..., None]
    entropy = -(goal * logits.log_softmax(-1)).sum(-1)
    return weighted_mean(entropy, (count > 0).to(entropy.dtype))


def _gaussians(
    middles: torch.Tensor, cells: torch.Tensor, sigma: tuple[float, float]
) -> torch.Tensor:
    """Return a Gaussian around each middle [..., 2] over cells [P, 2], of sum 1: [..., P]."""
    scaled = (middles.unsqueeze(-2) - cells) / middles.new_tensor(sigma)
    return torch.softmax(-0.5 * scaled.square().sum(-1), -1)
