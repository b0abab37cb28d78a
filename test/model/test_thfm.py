# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch

from thfm_ros import tasks
from thfm_ros.model.config import TokenGroup
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm, passes

ALL = tasks.STANDARD


def public_like():
    """Return a tiny config with THFM's own token groups: one token per frame, two groups."""
    return dataclasses.replace(
        preset("tiny"),
        tokens=(
            TokenGroup("landmarks2d", 33, 2, "landmarks2d"),
            TokenGroup("landmarks3d", 33, 3, "landmarks3d"),
        ),
        shared_blocks=0,
        token_task=None,
    )


@pytest.fixture(params=[lambda: preset("tiny"), public_like], ids=["tiny", "public-like"])
def model(request):
    torch.manual_seed(0)
    return Thfm(request.param()).eval().requires_grad_(False)


@pytest.fixture
def clip():
    return torch.rand(2, 3, 5, 48, 64) * 2 - 1


@pytest.mark.parametrize(
    ("shape", "message"),
    [((1, 3, 4, 48, 64), "4 frames"), ((1, 3, 5, 50, 64), "64x50"), ((3, 5, 48, 64), "allowed is")],
)
def test_impossible_clip_is_refused(model, shape, message):
    with pytest.raises(ValueError, match=message):
        model(torch.zeros(shape), ALL)


def test_task_outside_the_checkpoint_is_refused():
    model = Thfm(dataclasses.replace(preset("tiny"), tasks=("mask", "dense_pose")))
    with pytest.raises(ValueError, match=r"\['depth'\] are not in this checkpoint"):
        model(torch.zeros(1, 3, 1, 48, 64), ("depth",))


def test_unknown_prompt_lists_the_known(model):
    with pytest.raises(KeyError, match=r"'a cat'.*Surface Normal"):
        model.prompts["a cat"]


def test_without_tokens_it_is_diffusers_own_forward(model, clip):
    latents = model.encode(clip)
    text = model.prompts[tasks.TASKS["mask"].prompt].expand(2, -1, -1)
    ours, _ = model.predict(latents, text, groups=())
    theirs = model.transformer.wan(latents, torch.zeros(2).long(), text, return_dict=False)[0]
    expected = latents - theirs if model.config.residual else -theirs
    assert torch.equal(ours, expected)


def test_tokens_never_change_the_dense_output(model, clip):
    text = model.prompts[tasks.TASKS["mask"].prompt].expand(2, -1, -1)
    latents = model.encode(clip)
    alone, _ = model.predict(latents, text, groups=())
    together, values = model.predict(latents, text)
    assert values
    assert torch.equal(alone, together)


def test_token_groups_do_not_see_each_other(clip):
    torch.manual_seed(0)
    model = Thfm(public_like()).eval()
    text = model.prompts[tasks.TASKS["mask"].prompt].expand(2, -1, -1)
    latents = model.encode(clip)
    _, both = model.predict(latents, text)
    _, alone = model.predict(latents, text, groups=("landmarks3d",))
    assert torch.equal(both["landmarks3d"], alone["landmarks3d"])


def test_every_task_of_every_frame(model, clip):
    outputs = model(clip, ALL)
    assert {name: tuple(rgb.shape) for name, rgb in outputs.dense.items()} == dict.fromkeys(
        ALL[:4], (2, 3, 5, 48, 64)
    )
    for group in model.config.tokens:
        assert outputs.tokens[group.name].shape == (2, 5, group.joints, group.values)


def test_a_single_frame_is_a_clip(model):
    outputs = model(torch.rand(1, 3, 1, 48, 64), ALL)
    assert outputs.dense["mask"].shape == (1, 3, 1, 48, 64)
    assert all(v.shape[1] == 1 and v.isfinite().all() for v in outputs.tokens.values())


def test_prompts_tell_tasks_apart(model, clip):
    outputs = model(clip, ("mask", "normals"))
    assert not torch.equal(outputs.dense["mask"], outputs.dense["normals"])


def test_a_task_does_not_depend_on_which_others_run(model, clip):
    assert torch.equal(model(clip, ("mask",)).dense["mask"], model(clip, ALL).dense["mask"])


def test_twice_the_same_input_is_bitwise_the_same(model, clip):
    first, second = model(clip, ALL), model(clip, ALL)
    assert all(torch.equal(first.dense[name], second.dense[name]) for name in ALL[:4])


def test_keypoints_alone_need_one_pass(model):
    assert len(passes(model.config, ("keypoints2d", "keypoints3d"))) == 1


def test_wan_state_dict_loads_unchanged(model):
    from thfm_ros.model.transformer import build_wan

    public = build_wan(model.config.transformer)
    model.transformer.wan.load_state_dict(public.state_dict(), strict=True)


def test_spreading_leaves_single_images_as_they_were():
    torch.manual_seed(0)
    model, image = Thfm(preset("tiny")).eval(), torch.rand(1, 3, 1, 48, 64)
    with torch.no_grad():
        before = model(image, ALL)
        model.inflate()
        after = model(image, ALL)
    assert torch.allclose(before.tokens["body"], after.tokens["body"])
    for name in ALL[:4]:
        assert torch.allclose(before.dense[name], after.dense[name], atol=1e-5)
