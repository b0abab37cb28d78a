# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import copy

import pytest
import torch
from torch import nn

from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.training.muon import MuonAdamW, is_hidden_matrix, orthogonal


def optimiser(module, **arguments):
    return MuonAdamW(module.named_parameters(), lr=0.1, weight_decay=0.0, **arguments)


@pytest.mark.parametrize("shape", [(16, 40), (40, 16), (24, 24)])
def test_orthogonal_keeps_directions_and_levels_their_strength(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    u, _, vt = torch.linalg.svd(matrix, full_matrices=False)
    strengths = torch.diagonal(u.mT @ orthogonal(matrix) @ vt.mT)
    assert strengths.min() > 0.4
    assert strengths.max() < 1.3


def test_a_zero_gradient_moves_nothing():
    assert (orthogonal(torch.zeros(16, 16)) == 0).all()


def test_a_step_of_muon_is_as_large_as_one_of_adamw():
    torch.manual_seed(0)
    module = nn.Conv2d(32, 64, 3, bias=False)
    before = module.weight.detach().clone()
    module.weight.grad = torch.randn_like(module.weight)
    optimiser(module).step()
    moved = (module.weight.detach() - before).square().mean().sqrt()
    assert moved == pytest.approx(0.02, rel=0.3)


def test_vectors_and_small_matrices_take_adamws_step():
    torch.manual_seed(0)
    ours, theirs = nn.Linear(8, 8), nn.Linear(8, 8)
    theirs.load_state_dict(ours.state_dict())
    steps = optimiser(ours), torch.optim.AdamW(theirs.parameters(), lr=0.1, weight_decay=0.0)
    for module, step in zip((ours, theirs), steps, strict=True):
        module(torch.ones(2, 8)).square().sum().backward()
        step.step()
    assert torch.equal(ours.weight, theirs.weight)


def test_a_saved_state_goes_on_with_the_same_numbers():
    def train(module, step, times):
        for _ in range(times):
            module(torch.ones(2, 32)).square().sum().backward()
            step.step()
            step.zero_grad()

    torch.manual_seed(0)
    first = nn.Linear(32, 32)
    step = optimiser(first)
    train(first, step, 2)
    second = nn.Linear(32, 32)
    second.load_state_dict(first.state_dict())
    resumed = optimiser(second)
    resumed.load_state_dict(copy.deepcopy(step.state_dict()))
    for module, again in ((first, step), (second, resumed)):
        train(module, again, 2)
    assert torch.equal(first.weight, second.weight)


def test_hidden_matrices_of_the_nano():
    model = Thfm(preset("nano"))
    chosen = {n for n, p in model.named_parameters() if is_hidden_matrix(n, p)}
    assert "transformer.wan.blocks.0.attn1.to_q.weight" in chosen
    assert "codec.encoder.merge.0.first.weight" in chosen
    for name in (
        "codec.encoder.motion.weight",
        "codec.decoder.unpack.weight",
        "transformer.wan.proj_out.weight",
    ):
        assert name not in chosen
    share = sum(p.numel() for n, p in model.named_parameters() if n in chosen)
    assert share > 0.8 * sum(p.numel() for p in model.parameters())
