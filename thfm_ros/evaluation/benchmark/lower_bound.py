# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The least time that a window could take here: its operations and bytes over this machine's rates.

Rates are measured in the same process: one large matrix product, one large copy. What counts as
bytes is every weight read once; activations are taken to stay in the caches.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.program import Program

_EDGE = 1536
_COPIED = 1 << 26
_REPEATS = 8


def lower_bounds(
    model: Thfm, sets: dict[str, tuple[str, ...]], clip: np.ndarray
) -> dict[str, dict[str, float]]:
    """Count folded float32 windows of named sets of tasks; clip: uint8 [T, H, W, 3].

    Returns for each set operations in GFLOP, weights in MB, this machine's GFLOP/s and GB/s, which
    are measured once, and the larger of both quotients in ms.
    """
    gflop_s, gb_s = matmul_rate(), copy_rate()
    megabytes = 4e-6 * sum(weight.numel() for weight in model.parameters())
    bounds = {}
    for name, tasks in sets.items():
        gflop = operations(Program(model, tasks), clip)
        bounds[name] = {
            "gflop": round(gflop, 3),
            "weights_mb": round(megabytes, 2),
            "gflop_per_s": round(gflop_s, 1),
            "gb_per_s": round(gb_s, 2),
            "bound_ms": round(max(1e3 * gflop / gflop_s, megabytes / gb_s), 3),
        }
    return bounds


def operations(program: Program, clip: np.ndarray) -> float:
    """Return the GFLOP of one run."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        program(torch.from_numpy(clip))
    return counter.get_total_flops() / 1e9


def matmul_rate() -> float:
    """Return GFLOP/s of a float32 matrix product on all of torch's threads."""
    a, b = torch.randn(_EDGE, _EDGE), torch.randn(_EDGE, _EDGE)
    return 2e-9 * _EDGE**3 / _quickest(lambda: torch.mm(a, b))


def copy_rate() -> float:
    """Return GB/s read while copying memory that no cache holds."""
    source = torch.zeros(_COPIED, dtype=torch.uint8)
    target = torch.empty_like(source)
    return 1e-9 * _COPIED / _quickest(lambda: target.copy_(source))


def _quickest(run: Callable[[], object]) -> float:
    """Return the seconds of the quickest of some runs."""
    seconds = []
    for _ in range(_REPEATS):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)
