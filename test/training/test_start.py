# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch

from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.training.settings import Phase, TrainingSettings
from thfm_ros.training.start import starting_model

TINY = preset("tiny")


def start(tmp_path, **codec):
    small = Thfm(TINY)
    save_checkpoint(small, tmp_path)
    changed = {**dataclasses.asdict(TINY.codec), **codec}
    phases = (Phase(1, (64, 48)),)
    settings = TrainingSettings(phases, start=str(tmp_path), model={"codec": changed})
    return small, starting_model(settings)


def test_a_change_that_loses_weights_of_the_start_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"drops or reshapes .*codec\.pack\.weight"):
        start(tmp_path, width=16)


def test_a_start_that_grows_computes_what_it_did_and_all_of_it_learns(tmp_path):
    small, large = start(tmp_path, context_blocks=3)
    assert len(large.codec.encode_context) == 3
    assert all(parameter.requires_grad for parameter in large.parameters())
    clip = torch.rand(1, 3, 5, 48, 64) * 2 - 1
    before, after = (model(clip, TINY.tasks) for model in (small, large))
    for task, rgb in before.dense.items():
        assert torch.allclose(rgb, after.dense[task], atol=1e-5)
    assert torch.allclose(before.tokens["body"], after.tokens["body"], atol=1e-5)
