# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of maps, of which tasks make theirs (the ambient stage).

Maps are [B, C, T, H, W], weights [B, 1, T, H, W] in 0..1. Every loss first averages within a
sample, so that a small person counts as much as a large one, and returns [B]: the caller weighs and
averages.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

_LOGIT_SCALE = 4.0
_MIN_WEIGHT = 1.0


def weighted_mean(error: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Average an error [B, C, ...] over a weight [B, 1, ...] -> [B]; 0 for an empty weight.

    Both may also be of one shape.
    """
    weight = weight.expand_as(error)
    return (error * weight).flatten(1).sum(1) / weight.flatten(1).sum(1).clamp(min=_MIN_WEIGHT)


def masked_l1(prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean absolute error over the weight -> [B]."""
    return weighted_mean((prediction - target).abs(), weight)


def align_scale_shift(
    prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Least-squares scale and shift [B]: scale * prediction + shift ~ target over the whole clip.

    Closed form (as in MiDaS, Marigold-E2E-FT): one pair per clip, not per frame, so that flicker is
    not aligned away. A constant prediction gets scale 0.
    """
    p, t, w = (x.flatten(1) for x in (prediction, target, weight.expand_as(prediction)))
    total = w.sum(1).clamp(min=_MIN_WEIGHT)
    mean_p, mean_t = (w * p).sum(1) / total, (w * t).sum(1) / total
    p, t = p - mean_p[:, None], t - mean_t[:, None]
    scale = (w * p * t).sum(1) / (w * p * p).sum(1).clamp(min=1e-4)
    return scale, mean_t - scale * mean_p


def scale_shift_invariant_l1(
    prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """L1 after `align_scale_shift`, in units of the target's own mean deviation -> [B]."""
    error, spread = _aligned_error(prediction, target, weight)
    return weighted_mean(error.abs(), weight) / spread


def spatial_gradient(
    prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Mean step of the aligned error between neighbouring pixels -> [B] (MiDaS' gradient term)."""
    error, spread = _aligned_error(prediction, target, weight)
    return sum(_step(error, weight, axis) for axis in (-1, -2)) / spread


def temporal_gradient(
    prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Mean step of the aligned error between frames -> [B]; 0 for a single frame (VDA)."""
    if prediction.shape[2] == 1:
        return prediction.new_zeros(prediction.shape[0])
    error, spread = _aligned_error(prediction, target, weight)
    return _step(error, weight, 2) / spread


def angular(prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """1 - cos of the angle between vectors [B, 3, ...] over the weight -> [B].

    Its gradient is bounded where that of the angle itself (acos) is not.
    """
    cosine = F.cosine_similarity(prediction, target, dim=1, eps=1e-4).unsqueeze(1)
    return weighted_mean(1 - cosine, weight)


def matte(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """L1 + cross-entropy + Dice of a matte in -1..1 (painted on every channel) -> [B].

    prediction [B, 3, T, H, W]; target [B, 1, T, H, W] in 0..1. Foreground and background weigh the
    same in the cross-entropy, however small the person.
    """
    goal = target.expand_as(prediction)
    l1 = (prediction - (2 * goal - 1)).abs().flatten(1).mean(1)
    logits = _LOGIT_SCALE * prediction
    entropy = F.binary_cross_entropy_with_logits(logits, goal, reduction="none")
    foreground = (target > 0.5).to(target.dtype)
    balanced = 0.5 * (weighted_mean(entropy, foreground) + weighted_mean(entropy, 1 - foreground))
    return l1 + balanced + dice(torch.sigmoid(logits), goal)


def dice(probability: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """1 - soft Dice coefficient of two maps in 0..1 -> [B]; 0 for two empty maps."""
    p, t = probability.flatten(1), target.flatten(1)
    return 1 - (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)


def _aligned_error(
    prediction: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    scale, _ = align_scale_shift(prediction, target, weight)
    shape = (-1, *(1,) * (prediction.ndim - 1))
    # A collapsed or inverted prediction would be scaled to nothing and get no gradient.
    scale = scale.clamp(0.05, 20.0).view(shape)
    residual = scale * prediction - target
    error = residual - weighted_mean(residual, weight).view(shape)
    deviation = target - weighted_mean(target, weight).view(shape)
    return error, weighted_mean(deviation.abs(), weight).clamp(min=0.01)


def _step(error: torch.Tensor, weight: torch.Tensor, axis: int) -> torch.Tensor:
    length = weight.shape[axis] - 1
    both = weight.narrow(axis, 0, length) * weight.narrow(axis, 1, length)
    return weighted_mean(error.diff(dim=axis).abs(), both)
