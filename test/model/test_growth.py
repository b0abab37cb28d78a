# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch

from thfm_ros.model.growth import averaged, grown
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm

TINY = preset("tiny")


def codec(**changes):
    values = dataclasses.asdict(TINY.codec)
    return {"codec": {**values, "encoder": {**values["encoder"], **changes}}}


def transformer(layers, shared):
    wan = {**dataclasses.asdict(TINY.transformer), "layers": layers}
    return {"transformer": wan, "shared_blocks": shared}


def assert_computes_the_same(small, large):
    clip = torch.rand(1, 3, 5, 48, 64) * 2 - 1
    before, after = (model.eval()(clip, TINY.tasks) for model in (small, large))
    for task, rgb in before.dense.items():
        assert torch.allclose(rgb, after.dense[task], atol=1e-5)
    assert torch.allclose(before.tokens["body"], after.tokens["body"], atol=1e-5)


def test_a_change_that_loses_weights_is_refused():
    with pytest.raises(ValueError, match=r"drops or reshapes .*codec\.encoder\.pack\.weight"):
        grown(Thfm(TINY), codec(width=16))


def test_fewer_blocks_are_refused():
    with pytest.raises(ValueError, match=r"drops or reshapes .*blocks"):
        grown(Thfm(TINY), transformer(layers=1, shared=0))


def test_trained_blocks_that_would_be_shared_are_refused():
    shared = TINY.shared_blocks + 1
    with pytest.raises(ValueError, match=rf"shared_blocks is {shared}, allowed with .* layers is"):
        grown(Thfm(TINY), {"shared_blocks": shared})


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValueError, match=r"shares are \[0\.5, 0\.4\], allowed are 2 that sum to 1"):
        averaged([Thfm(TINY), Thfm(TINY)], (0.5, 0.4))


def test_models_of_other_prompts_are_not_averaged():
    other = Thfm(dataclasses.replace(TINY, tasks=("mask",), tokens=(), token_task=None))
    with pytest.raises(ValueError, match="prompts differ"):
        averaged([Thfm(TINY), other], (0.5, 0.5))


def test_a_codec_that_grows_computes_what_it_did():
    small = Thfm(TINY)
    large = grown(small, codec(context_blocks=3))
    assert len(large.codec.encoder.context_blocks) == 3
    assert_computes_the_same(small, large)


def test_a_transformer_with_more_shared_blocks_computes_what_it_did():
    small = Thfm(TINY)
    large = grown(small, transformer(TINY.transformer.layers + 2, TINY.shared_blocks + 2))
    assert len(large.transformer.wan.blocks) == TINY.transformer.layers + 2
    assert_computes_the_same(small, large)


def test_an_average_weighs_every_weight():
    models = [Thfm(TINY), Thfm(TINY)]
    first, second = (model.state_dict() for model in models)
    for name, value in averaged(models, (0.75, 0.25)).state_dict().items():
        assert torch.allclose(value, 0.75 * first[name] + 0.25 * second[name]), name


def test_a_smaller_model_grows_before_it_is_averaged():
    small = Thfm(TINY)
    large = grown(small, {**codec(context_blocks=3), **transformer(5, 3)})
    mean = averaged([large, small], (0.5, 0.5))
    assert mean.config == large.config
    assert_computes_the_same(small, mean)


def test_a_task_can_be_added_to_trained_weights():
    small = Thfm(dataclasses.replace(TINY, tasks=("mask", "keypoints2d"), token_task="mask"))
    large = grown(small, {"tasks": ["mask", "normals", "keypoints2d"]})
    clip = torch.rand(1, 3, 5, 48, 64) * 2 - 1
    before = small.eval()(clip, ("mask",)).dense["mask"]
    after = large.eval()(clip, ("mask", "normals")).dense
    assert torch.allclose(before, after["mask"], atol=1e-5)
    assert after["normals"].shape == (1, 3, 5, 48, 64)
