# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from torch import nn

from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.capture_check import STAGES, check_capture
from thfm_ros.runtime.program import Program


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


@pytest.mark.fault("F35")
def test_whatever_is_recorded_may_be():
    def build():
        torch.manual_seed(0)
        model = Thfm(preset("tiny")).eval().requires_grad_(False)
        return Program(model, ("mask", "keypoints3d"))

    assert check_capture(build, clips) == dict.fromkeys(STAGES, "")
