# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from thfm_ros.model.config import TokenGroup
from thfm_ros.model.heads import Evidence, HeatMapHead, build_head, cell_centres, peak_weights

GROUP = TokenGroup(
    "body", joints=4, values=6, meaning="body", per_step=4, step="latent", heat_maps=True
)
DIM, FEATURES = 16, 8


def evidence(latents=2, rows=3, columns=4):
    video = torch.randn(1, latents * rows * columns, DIM)
    features = torch.randn(1, FEATURES, latents, 4 * rows, 4 * columns)
    return Evidence(video, (latents, rows, columns), features)


def test_centres_are_of_cells_in_row_order():
    centres = cell_centres(2, 4, torch.zeros(()))
    assert centres[0].tolist() == [-0.75, -0.5]
    assert centres[1].tolist() == [-0.25, -0.5]
    assert centres[-1].tolist() == [0.75, 0.5]


def test_two_candidate_arms_are_not_averaged():
    """A mean over the whole map lies between them, on the trunk."""
    logits = torch.full((9, 16), -20.0)
    logits[4, 2], logits[4, 13] = 4.0, 3.9
    centres = cell_centres(9, 16, logits)
    weights = peak_weights(logits.flatten(), centres, (9, 16))
    assert torch.allclose(weights @ centres, centres[4 * 16 + 2], atol=1e-3)


def test_a_peak_between_two_cells_is_found_between_them():
    logits = torch.full((9, 16), -20.0)
    logits[4, 2] = logits[4, 3] = 4.0
    centres = cell_centres(9, 16, logits)
    position = peak_weights(logits.flatten(), centres, (9, 16)) @ centres
    assert torch.allclose(position, (centres[4 * 16 + 2] + centres[4 * 16 + 3]) / 2, atol=1e-3)


def test_values_of_every_frame_and_both_maps():
    head = build_head(GROUP, DIM, FEATURES)
    assert isinstance(head, HeatMapHead)
    values, maps = head(torch.randn(1, 2 * 4, DIM), evidence())
    assert values.shape == (1, 8, 4, 6)
    assert [(heat.logits.shape[-1], heat.rows, heat.columns) for heat in maps] == [
        (12, 3, 4),
        (192, 12, 16),
    ]


def test_a_landmark_stays_near_its_peak_whatever_the_network_adds():
    head = build_head(GROUP, DIM, FEATURES)
    torch.nn.init.normal_(head.out.weight, std=100.0)
    with torch.no_grad():
        values, maps = head(torch.randn(1, 2 * 4, DIM), evidence())
    centres = cell_centres(12, 16, values)
    near = peak_weights(maps[1].logits, centres, (12, 16)) @ centres
    offsets = values.unflatten(1, (2, 4))[..., :2] - near.unsqueeze(2)
    assert offsets.abs().max() == pytest.approx(0.08, abs=1e-4)
