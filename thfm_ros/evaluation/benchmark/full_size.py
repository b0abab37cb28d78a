# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One pass of a full-size model with random weights: does it run here, and how fast."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from thfm_ros.cpu import has_fast_bfloat16
from thfm_ros.evaluation.benchmark.machine import peak_memory_gib
from thfm_ros.evaluation.benchmark.results import document
from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.thfm import Thfm

_STAGES = ("encode", "transformer", "decode")


@dataclass(frozen=True)
class FullSizeRun:
    """What to run: a model with Wan's VAE, on a clip of `frames` of `size` (width, height)."""

    config: ThfmConfig
    size: tuple[int, int] = (448, 256)
    frames: int = 5
    text_length: int = 226

    def __post_init__(self) -> None:
        if self.config.codec.kind != "wan":
            raise ValueError(f"codec is {self.config.codec.kind!r}, allowed is 'wan'")
        if self.frames % 4 != 1:
            raise ValueError(f"frames is {self.frames}, allowed is 4k + 1")
        if any(edge % 16 for edge in self.size):
            raise ValueError(f"size is {self.size}, allowed are multiples of 16")


def run_full_size(run: FullSizeRun, report=print) -> dict:
    """Time codec, transformer with tokens, and codec again; return figures and the machine.

    Weights are bfloat16. Where the CPU cannot multiply bfloat16, each layer is computed in float32
    and only the layer in use is widened, so that memory stays that of bfloat16.
    """
    flops = _count_flops(run)
    model = _build(run)
    report(f"{_parameters(model) / 1e9:.2f} G parameters built, {peak_memory_gib():.1f} GiB")
    compute = torch.bfloat16 if has_fast_bfloat16() else torch.float32
    if compute == torch.float32:
        _compute_wide(model)
    seconds, clip = {}, torch.rand(1, 3, run.frames, run.size[1], run.size[0]).to(compute) * 2 - 1
    text = torch.randn(1, run.text_length, model.config.transformer.text_dim).to(compute)
    with torch.inference_mode():
        value = clip
        for stage in _STAGES:
            start = time.perf_counter()
            value = _run_stage(model, stage, value, text)
            seconds[stage] = time.perf_counter() - start
            tera = flops[stage] / 1e12
            report(f"{stage}: {seconds[stage]:.1f} s, {tera:.2f} TFLOP")
    total = sum(seconds.values())
    rows = [
        {"name": f"{run.config.name}, one pass, {stage}", "milliseconds": {"p50": 1e3 * value}}
        for stage, value in seconds.items()
    ]
    return {
        **document("one pass, one dense task and all tokens, random weights, no warm-up", rows),
        "model": run.config.name,
        "size": run.size,
        "frames": run.frames,
        "weights": "bfloat16",
        "compute": str(compute).removeprefix("torch."),
        "parameters": _parameters(model),
        "seconds": {**{k: round(v, 2) for k, v in seconds.items()}, "total": round(total, 2)},
        "tflop": {k: float(f"{v / 1e12:.4g}") for k, v in flops.items()},
        "tflop_per_s": float(f"{sum(flops.values()) / total / 1e12:.4g}"),
        "peak_memory_gib": round(peak_memory_gib(), 2),
    }


def _build(run: FullSizeRun) -> Thfm:
    """Build in bfloat16 from the start: narrowing afterwards would need three times the memory."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        model = Thfm(run.config).eval().requires_grad_(False)
    finally:
        torch.set_default_dtype(default)
    return model.to(torch.bfloat16)


def _run_stage(model: Thfm, stage: str, value: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
    if stage == "encode":
        return model.encode(value)
    if stage == "transformer":
        return model.predict(value, text)[0]
    return model.decode(value)


def _count_flops(run: FullSizeRun) -> dict[str, int]:
    """Count multiplications and additions of each stage on tensors without memory."""
    with torch.device("meta"):
        model = Thfm(run.config).eval()
        value = torch.empty(1, 3, run.frames, run.size[1], run.size[0])
        text = torch.empty(1, run.text_length, model.config.transformer.text_dim)
    counts = {}
    with torch.no_grad():
        for stage in _STAGES:
            with FlopCounterMode(display=False) as counter:
                value = _run_stage(model, stage, value, text)
            counts[stage] = counter.get_total_flops()
    return counts


def _compute_wide(model: Thfm) -> None:
    """Widen the weights of each large layer to float32 just while it runs."""
    # The embedder asks its own weights for their type before it runs; it is small.
    embedder = model.transformer.wan.condition_embedder.float()
    small = set(embedder.modules())
    for module in model.modules():
        if module in small:
            continue
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.Conv3d)):
            module.register_forward_pre_hook(lambda m, _: m.float() and None)
            module.register_forward_hook(lambda m, _, __: m.bfloat16() and None)
        else:
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.float()
            for name, buffer in module.named_buffers(recurse=False):
                setattr(module, name, buffer.float())
    gc.collect()


def _parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
