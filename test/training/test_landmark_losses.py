# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from thfm_ros.training import landmark_losses as losses


def test_invisible_landmarks_do_not_count():
    prediction, target = torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)
    target[0, 0, 0], target[0, 0, 1] = 1.0, 50.0
    loss = losses.landmarks(prediction, target, torch.tensor([[[1.0, 0.0]]]), beta=0.1)
    assert loss.item() == pytest.approx(2 * (1 - 0.05))


def test_attention_on_the_landmark_costs_the_least():
    centres = torch.tensor([[-0.5, 0.0], [0.5, 0.0]])
    target, weight = torch.tensor([[[[0.5, 0.0]]]]), torch.ones(1, 1, 1)
    right, wrong = (
        losses.attention_heatmap(
            torch.tensor([[[logits]]]), target, weight, centres, (0.25, 0.25)
        ).item()
        for logits in ([-5.0, 5.0], [5.0, -5.0])
    )
    assert right < 0.01
    assert wrong > 9


def test_a_heat_map_of_several_people_may_have_several_peaks():
    cells = torch.tensor([[-0.5, 0.0], [0.0, 0.0], [0.5, 0.0]])
    targets = torch.tensor([[[[-0.5, 0.0], [0.5, 0.0], [0.0, 0.0]]]])
    present = torch.tensor([[[1.0, 1.0, 0.0]]])
    both = torch.tensor([[[4.0, -4.0, 4.0]]])
    one, between = torch.tensor([[[4.0, -4.0, -4.0]]]), torch.tensor([[[-4.0, 4.0, -4.0]]])
    loss = [
        losses.mixture_heatmap(logits, targets, present, cells, (0.1, 0.1)).item()
        for logits in (both, one, between)
    ]
    assert loss[0] < loss[1] < loss[2]


def test_a_frame_of_nobody_asks_nothing_of_the_heat_map_of_people():
    cells, targets = torch.zeros(3, 2), torch.zeros(1, 1, 2, 2)
    loss = losses.mixture_heatmap(
        torch.randn(1, 1, 3), targets, torch.zeros(1, 1, 2), cells, (1, 1)
    )
    assert loss.item() == 0


def test_gradients_are_those_of_the_losses():
    torch.manual_seed(3)
    points = torch.rand(1, 2, 3, 2, dtype=torch.float64, requires_grad=True)
    target = torch.rand(1, 2, 3, 2, dtype=torch.float64)
    weight = torch.ones(1, 2, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda p: losses.landmarks(p, target, weight), points)
    assert torch.autograd.gradcheck(
        lambda x: losses.confidence(x, weight, weight), points[..., 0].detach().requires_grad_()
    )
