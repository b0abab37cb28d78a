# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch

from thfm_ros import tasks
from thfm_ros.model.config import TokenGroup
from thfm_ros.model.folding.forward import FoldedTransformer
from thfm_ros.model.presets import preset
from thfm_ros.model.shipped import load_model
from thfm_ros.model.thfm import RawOutputs, Thfm
from thfm_ros.runtime.backends.program import Program

ALL = tasks.STANDARD
PUBLIC_TOKENS = (
    TokenGroup("landmarks2d", 33, 2, "landmarks2d"),
    TokenGroup("landmarks3d", 33, 3, "landmarks3d"),
)
TINY = preset("tiny")
VARIANTS = {
    "tiny": {},
    "not shared": {"shared_blocks": 0},
    "public tokens": {"tokens": PUBLIC_TOKENS, "token_task": None},
    "no residual": {"residual": False},
    "patches of one": {"transformer": dataclasses.replace(TINY.transformer, patch=(1, 1, 1))},
    "no heat maps": {"tokens": (dataclasses.replace(TINY.tokens[0], heat_maps=False),)},
    "sign and timestep": {"negate": False, "timestep": 49},
    "raw latents": {"normalize_latents": False},
}


def random_model(**changes):
    torch.manual_seed(0)
    model = Thfm(dataclasses.replace(preset("tiny"), **changes)).eval()
    for parameter in model.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    return model


def run_folded(model, clip):
    latents = model.encode(clip)
    predicted, read = FoldedTransformer(model, ALL)(latents)
    frames, values = clip.shape[2], {}
    carrier = predicted[model.config.token_task or "keypoints2d"]
    features = model.feature_maps(carrier, frames)
    for name, (x, video) in read.items():
        evidence = model.evidence(video, carrier, features, frames)
        values[name] = model.transformer.groups[name].read(x, evidence, frames)[0]
    return RawOutputs({t: model.decode(predicted[t]) for t in ALL[:4]}, values)


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
@pytest.mark.parametrize("frames", [1, 5])
def test_folding_is_exact(changes, frames):
    model = random_model(**changes)
    clip = torch.rand(2, 3, frames, 48, 64) * 2 - 1
    with torch.no_grad():
        reference, folded = model(clip, ALL), run_folded(model, clip)
    for kind in ("dense", "tokens"):
        ours, theirs = getattr(folded, kind), getattr(reference, kind)
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert (ours[name] - theirs[name]).abs().max() < 1e-5, name


@pytest.mark.parametrize("frames", [1, 5])
def test_folding_the_shipped_nano_is_exact(frames):
    model = load_model("")
    clip = torch.rand(1, 3, frames, 96, 128) * 2 - 1
    with torch.no_grad():
        reference, folded = model(clip, ALL), run_folded(model, clip)
    for kind in ("dense", "tokens"):
        ours, theirs = getattr(folded, kind), getattr(reference, kind)
        for name in ours:
            assert (ours[name] - theirs[name]).abs().max() < 1e-5, name


def test_gradients_flow_through_folding():
    model = random_model()
    latents = torch.randn(1, 16, 1, 6, 8)
    reference = model.predict(latents, model.prompts[tasks.NEUTRAL_PROMPT][None], groups=())[0]
    assert reference.requires_grad
    dense, read = FoldedTransformer(model, ALL)(latents)
    (sum(v.square().sum() for v in dense.values()) + read["body"][0].square().sum()).backward()
    silent = [n for n, p in model.transformer.wan.named_parameters() if p.grad is None]
    assert silent == []


def test_folded_gradient_equals_the_models_own():
    model = random_model(shared_blocks=0)
    latents = torch.randn(1, 16, 1, 6, 8)
    weight = model.transformer.wan.blocks[0].attn1.to_q.weight
    text = model.prompts[tasks.TASKS["mask"].prompt][None]
    (own,) = torch.autograd.grad(model.predict(latents, text, groups=())[0].square().sum(), weight)
    dense, _ = FoldedTransformer(model, ("mask",))(latents)
    (folded,) = torch.autograd.grad(dense["mask"].square().sum(), weight)
    assert torch.allclose(own, folded, rtol=1e-3, atol=1e-6)


@torch.no_grad()
def test_on_the_way_to_a_device_blocks_are_freed_and_give_the_same():
    """A large model does not lie there twice."""
    clip = torch.randint(0, 256, (5, 48, 64, 3), dtype=torch.uint8)
    whole = Program(random_model(), ALL)(clip)
    model = random_model()
    moved = Program(model, ALL, device=torch.device("cpu"))
    assert not any(True for _ in model.transformer.wan.blocks.parameters())
    assert all(torch.equal(moved(clip)[name], whole[name]) for name in whole)


@torch.no_grad()
def test_tasks_share_what_no_prompt_changes():
    """Four copies of a large transformer fit no robot."""
    folded = FoldedTransformer(random_model(shared_blocks=0), ALL)
    first, second = (folded.branches[task][0] for task in ("depth", "mask"))
    assert first.qkv_weight is second.qkv_weight
    assert first.down_weight is second.down_weight
    assert not torch.equal(first.text_key, second.text_key)
