# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import torch
from diffusers.models.transformers.transformer_wan import WanRotaryPosEmbed

from thfm_ros.model.rope import frame_times, rotary_table


def test_grid_positions_give_diffusers_table():
    for head_dim in (20, 24, 128):
        rope = WanRotaryPosEmbed(head_dim, (1, 2, 2), 64)
        axes = [torch.arange(n, dtype=torch.float32) for n in (3, 4, 5)]
        grid = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
        ours = rotary_table(grid, head_dim)
        theirs = rope(torch.empty(1, 16, 3, 8, 10))
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_four_frames_surround_their_latent_frame():
    times = frame_times(9, 3)
    assert times[:6].tolist() == [0, 0.625, 0.875, 1.125, 1.375, 1.625]
    assert times[1:].unflatten(0, (2, 4)).mean(1).tolist() == [1, 2]


def test_a_single_frame_is_at_zero():
    assert frame_times(1, 1).tolist() == [0]
