# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a full-size pass should cost on GPUs: counted operations over assumed rates, no timing.

Operations are counted on tensors without memory. The rates are assumptions (what large matrix
products achieve on each device, and half to two thirds of it as a cautious guess); convolutions are
assumed to reach 60 % of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import AutoencoderKLWan
from torch.utils.flop_counter import FlopCounterMode

from thfm_ros.model.config import TEMPORAL_STRIDE
from thfm_ros.model.presets import preset
from thfm_ros.model.taehv import TaehvCodec
from thfm_ros.model.transformer import build_wan
from thfm_ros.model.wan_codec import WanCodec

SIZES = ((832, 480), (448, 256))
FRAMES = (5, 9, 17)
_CONVOLUTION_SHARE = 0.6
_TEXT_LENGTH = 226
_WEIGHT_BYTES = 2


@dataclass(frozen=True)
class Gpu:
    """Assumed rates of a device: TFLOP/s at best and cautiously (bf16), memory in TB/s."""

    name: str
    best: float
    cautious: float
    memory: float


GPUS = (
    Gpu("H100", 800, 500, 3.35),
    Gpu("RTX 4090", 150, 110, 1.008),
    Gpu("Jetson Thor", 230, 120, 0.273),
    Gpu("Jetson AGX Orin 64 GB", 40, 22, 0.205),
)


def plan() -> dict:
    """Count one pass of wan-1.3b at each size; return operations and milliseconds per device."""
    with torch.device("meta"):
        transformer = build_wan(preset("wan-1.3b").transformer).eval()
        wan = WanCodec(AutoencoderKLWan()).eval()
        tiny = TaehvCodec(torch.zeros(16), torch.ones(16)).eval()
    rows = []
    for size in SIZES:
        for frames in FRAMES:
            counts = _count(transformer, wan, tiny, size, frames)
            row = {"size": list(size), "frames": frames}
            row["tflop"] = {k: float(f"{v / 1e12:.4g}") for k, v in counts.items()}
            row["ms"] = {gpu.name: _milliseconds(gpu, counts) for gpu in GPUS}
            rows.append(row)
    weights = sum(p.numel() for p in transformer.parameters()) * _WEIGHT_BYTES
    return {
        "what": "computed, not measured: counted operations of one task over assumed rates",
        "model": "wan-1.3b",
        "assumed": [vars(gpu) for gpu in GPUS],
        "weight_read_floor_ms": {g.name: round(weights / g.memory / 1e9, 2) for g in GPUS},
        "rows": rows,
    }


def to_markdown(figures: dict) -> str:
    """Return the plan as a table: best / cautious milliseconds with Wan's VAE and with TAEHV."""
    names = list(figures["rows"][0]["ms"])
    lines = ["| input | transformer TFLOP | " + " | ".join(names) + " |"]
    lines.append("|---|---|" + "---|" * len(names))
    for row in figures["rows"]:
        width, height = row["size"]
        cells = [f"{width}x{height}, {row['frames']} frames", f"{row['tflop']['transformer']:.2f}"]
        for name in names:
            ms = row["ms"][name]
            cells.append(f"{_pair(ms['wan_vae'])}; {_pair(ms['taehv'])}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _pair(ms: dict[str, float]) -> str:
    return f"{ms['best']:.0f}/{ms['cautious']:.0f}"


def _count(transformer, wan, tiny, size: tuple[int, int], frames: int) -> dict[str, int]:
    width, height = size
    steps = (frames - 1) // TEMPORAL_STRIDE + 1
    video = torch.empty(1, 3, frames, height, width, device="meta")
    latents = torch.empty(1, 16, steps, height // 8, width // 8, device="meta")
    text = torch.empty(1, _TEXT_LENGTH, transformer.config.text_dim, device="meta")
    timestep = torch.zeros(1, dtype=torch.long, device="meta")
    return {
        "transformer": _flops(lambda: transformer(latents, timestep, text)),
        "wan_encode": _flops(lambda: wan.encode(video)),
        "wan_decode": _flops(lambda: wan.decode(latents)),
        "taehv_encode": _flops(lambda: tiny.encode(video)),
        "taehv_decode": _flops(lambda: tiny.decode(latents)),
    }


def _flops(run) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


def _milliseconds(gpu: Gpu, counts: dict[str, int]) -> dict[str, dict[str, float]]:
    def total(codec: str, rate: float) -> float:
        convolutions = counts[f"{codec}_encode"] + counts[f"{codec}_decode"]
        work = counts["transformer"] + convolutions / _CONVOLUTION_SHARE
        return round(work / rate / 1e9, 2)

    return {
        name: {"best": total(codec, gpu.best), "cautious": total(codec, gpu.cautious)}
        for name, codec in (("wan_vae", "wan"), ("taehv", "taehv"))
    }
