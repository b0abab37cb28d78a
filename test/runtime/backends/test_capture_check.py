# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest
import torch
from diffusers import AutoencoderKLWan
from torch import nn

from thfm_ros import tasks
from thfm_ros.model import wan_codec
from thfm_ros.model.config import CodecConfig, TransformerConfig
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.capture_check import STAGES, check_capture
from thfm_ros.runtime.backends.program import Program


class Planted(nn.Module):
    """A linear layer with one fault in its forward."""

    def __init__(self, fault):
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.calls = 0
        self.fault = fault

    def forward(self, x):
        return self.fault(self, x)


def count(module, x):
    module.calls += 1
    return module.linear(x) * module.calls


def remember(module, x):
    before = getattr(module, "before", torch.zeros_like(x))
    module.before = module.linear(x) + before
    return module.before


OFFENDERS = {
    "branch on a value": (lambda m, x: m.linear(x) if x.mean() > 0 else x, "host"),
    "item": (lambda m, x: m.linear(x) * x.max().item(), "host"),
    "cpu": (lambda m, x: m.linear(x).cpu(), "host"),
    "numpy": (lambda m, x: torch.from_numpy(x.numpy()), "host"),
    "mask": (lambda m, x: m.linear(x)[x > 0].sum(), "host"),
    "nonzero": (lambda m, x: x.nonzero().float(), "host"),
    "constant of the host": (lambda m, x: m.linear(x) + torch.tensor([1.0] * 8), "host"),
    "constant like a tensor": (lambda m, x: m.linear(x) + x.new_tensor([1.0] * 8), "host"),
    "tensor on the host": (lambda m, x: m.linear(x) + torch.arange(8), "device"),
    "counter": (count, "replay"),
    "state by reference": (remember, "replay"),
}
SAFE = {
    "linear": lambda m, x: m.linear(x),
    "tensor on the device": lambda m, x: m.linear(x) + torch.arange(8, device=x.device),
    "where": lambda m, x: torch.where(x > 0, m.linear(x), x),
}


def inputs(seed):
    return (torch.randn(4, 8, generator=torch.Generator("cpu").manual_seed(seed)),)


@pytest.mark.parametrize(("fault", "stage"), OFFENDERS.values(), ids=OFFENDERS)
def test_planted_offenders_are_caught(fault, stage):
    assert check_capture(lambda: Planted(fault), inputs)[stage]


@pytest.mark.parametrize("function", SAFE.values(), ids=SAFE)
def test_safe_functions_pass(function):
    assert check_capture(lambda: Planted(function), inputs) == dict.fromkeys(STAGES, "")


def clips(seed):
    generator = torch.Generator("cpu").manual_seed(seed)
    return (torch.randint(0, 256, (5, 48, 64, 3), dtype=torch.uint8, generator=generator),)


def full_size(codec):
    """Return THFM as it is full size, but small: Wan's tokens, paintings and codecs."""
    return dataclasses.replace(
        preset("wan-1.3b"),
        transformer=TransformerConfig(2, 12, 2, 32, text_dim=16, freq_dim=16),
        codec=codec,
        size=(64, 48),
    )


ALL = tasks.STANDARD
RECORDED = {
    "tiny": (preset("tiny"), 1),
    "every frame": (preset("tiny"), 4),
    "as the nano that ships": (
        dataclasses.replace(
            preset("tiny"),
            transformer=dataclasses.replace(preset("tiny").transformer, patch=(1, 1, 1)),
            tokens=(dataclasses.replace(preset("tiny").tokens[0], heat_maps=False),),
            residual=False,
        ),
        1,
    ),
    "prior": (dataclasses.replace(preset("tiny"), codec=CodecConfig("prior")), 1),
    "wan": (full_size(CodecConfig("wan", arguments={"base_dim": 8})), 1),
    "taehv": (full_size(CodecConfig("taehv")), 1),
}


def builder(config, last=1, names=()):
    def build():
        torch.manual_seed(0)
        return Program(Thfm(config).eval().requires_grad_(False), names or ALL, last)

    return build


@pytest.mark.fault("F35")
@pytest.mark.parametrize(("config", "last"), RECORDED.values(), ids=RECORDED)
def test_whatever_is_recorded_may_be(config, last):
    # Wan's codecs are slow here, and are the same in every pass.
    full = config.name.startswith("wan")
    build = builder(config, last, ("depth", "keypoints2d") if full else ALL)
    stages = ("host", "device")
    assert check_capture(build, clips, stages) == dict.fromkeys(stages, "")


@pytest.mark.fault("F35")
def test_a_replay_has_nothing_baked_in_and_is_one_graph():
    build = builder(preset("tiny"), names=("mask", "keypoints3d"))
    assert check_capture(build, clips) == dict.fromkeys(STAGES, "")


class SteadyChunk(nn.Module):
    """A chunk of a stream and the cache's tensors in; the result and the new tensors out."""

    def __init__(self, step, slots, length):
        super().__init__()
        torch.manual_seed(0)
        self.vae = AutoencoderKLWan(base_dim=4, num_res_blocks=1)
        self.step, self.slots, self.length = step, slots, length

    def forward(self, chunk, *tensors):
        cache = [None] * self.length
        for slot, tensor in zip(self.slots, tensors, strict=True):
            cache[slot] = tensor
        result, cache = self.step(self.vae, chunk, cache)
        return result, *(cache[slot] for slot in self.slots)


def test_wans_decoding_chunks_may_be_captured_from_the_third_on():
    step, new_cache = wan_codec.decode_chunk, wan_codec.new_decoder_cache
    first = chunk = (1, 16, 1, 2, 2)
    vae, shapes = AutoencoderKLWan(base_dim=4, num_res_blocks=1).eval(), []
    cache = new_cache(vae)
    for shape in (first, chunk, chunk, chunk):
        with torch.no_grad():
            _, cache = step(vae, torch.zeros(shape), cache)
        kept = {slot: held for slot, held in enumerate(cache) if held is not None}
        shapes.append({slot: getattr(held, "shape", held) for slot, held in kept.items()})
    assert shapes[1] == shapes[2] == shapes[3]

    def make_inputs(seed):
        random = torch.Generator("cpu").manual_seed(seed)
        return tuple(
            torch.randn(shape, generator=random) for shape in (chunk, *shapes[-1].values())
        )

    found = check_capture(
        lambda: SteadyChunk(step, tuple(shapes[-1]), len(cache)).eval(), make_inputs
    )
    assert found == dict.fromkeys(STAGES, "")
