# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import torch

from thfm_ros.tasks import pixel_losses as losses


def ones(*shape):
    return torch.ones(*shape, dtype=torch.float64)


def test_an_empty_weight_gives_zero():
    x = torch.rand(2, 3, 1, 4, 4)
    assert losses.masked_l1(x, x + 1, torch.zeros(2, 1, 1, 4, 4)).tolist() == [0, 0]


def test_small_and_large_people_count_the_same():
    error = torch.zeros(2, 1, 1, 4, 4)
    weight = torch.zeros(2, 1, 1, 4, 4)
    weight[0, ..., 0, :2], weight[1] = 1, 1
    error[:] = 0.5
    assert losses.weighted_mean(error, weight).tolist() == [0.5, 0.5]


def test_scale_and_shift_are_least_squares():
    prediction = torch.tensor([0.0, 1.0, 2.0, 9.0], dtype=torch.float64).view(1, 1, 1, 2, 2)
    weight = torch.tensor([1.0, 1.0, 1.0, 0.0], dtype=torch.float64).view(1, 1, 1, 2, 2)
    scale, shift = losses.align_scale_shift(prediction, 3 * prediction - 2, weight)
    assert (scale.item(), shift.item()) == pytest.approx((3, -2))


def test_depth_loss_ignores_scale_and_shift_of_the_clip():
    target = torch.rand(2, 1, 3, 4, 5, dtype=torch.float64)
    weight = ones(2, 1, 3, 4, 5)
    for loss in (
        losses.scale_shift_invariant_l1,
        losses.spatial_gradient,
        losses.temporal_gradient,
    ):
        assert loss(0.5 * target + 3, target, weight).abs().max() < 1e-9


def test_flicker_is_not_aligned_away():
    target = torch.rand(1, 1, 1, 4, 4, dtype=torch.float64).repeat(1, 1, 2, 1, 1)
    flickering = target + torch.tensor([0.0, 0.3]).view(1, 1, 2, 1, 1)
    assert losses.temporal_gradient(flickering, target, ones(1, 1, 2, 4, 4)) > 0.5


def test_temporal_loss_of_a_picture_is_zero():
    x = torch.rand(2, 1, 1, 4, 4)
    assert losses.temporal_gradient(x, x + 1, torch.ones_like(x)).tolist() == [0, 0]


def test_hand_computed_depth_loss():
    target = torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=torch.float64).view(1, 1, 1, 2, 2)
    constant = torch.full_like(target, 0.2)
    # A constant cannot be scaled: the error is the target's own deviation, 0.5, over 0.5.
    loss = losses.scale_shift_invariant_l1(constant, target, ones(1, 1, 1, 2, 2))
    assert loss.item() == pytest.approx(1.0)


def test_hand_computed_angle():
    target = torch.tensor([0.0, 0.0, -1.0]).view(1, 3, 1, 1, 1)
    tilted = torch.tensor([0.0, math.sin(1.0), -math.cos(1.0)]).view(1, 3, 1, 1, 1)
    loss = losses.angular(7 * tilted, target, torch.ones(1, 1, 1, 1, 1))
    assert loss.item() == pytest.approx(1 - math.cos(1.0), abs=1e-6)


def test_a_perfect_matte_costs_little_and_a_wrong_one_much():
    target = (torch.rand(2, 1, 1, 8, 8) > 0.7).float()
    perfect = (2 * target - 1).expand(-1, 3, -1, -1, -1)
    assert losses.matte(perfect, target).max() < 0.1
    assert losses.matte(-perfect, target).min() > 4


def test_hand_computed_dice():
    probability = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    target = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    assert losses.dice(probability, target).item() == pytest.approx(1 - 3 / 4)
    assert losses.dice(torch.zeros(1, 4), torch.zeros(1, 4)).item() == 0


@pytest.mark.parametrize(
    "loss",
    [
        losses.masked_l1,
        losses.scale_shift_invariant_l1,
        losses.spatial_gradient,
        losses.temporal_gradient,
        losses.angular,
    ],
)
def test_gradients_are_those_of_the_loss(loss):
    torch.manual_seed(3)
    prediction = torch.rand(1, 3, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    target = torch.rand(1, 3, 2, 3, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda p: loss(p, target, ones(1, 1, 2, 3, 3)), prediction)


def test_gradients_of_the_matte():
    torch.manual_seed(3)
    matte = torch.rand(1, 3, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    goal = torch.rand(1, 1, 1, 3, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda p: losses.matte(p, goal), matte)
