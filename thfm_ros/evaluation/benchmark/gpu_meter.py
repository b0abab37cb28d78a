# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a device can do and what it spends; on a CPU the same with what there is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import psutil
import torch

from thfm_ros.evaluation.replay.times import quantiles

_EDGE, _COPIED = 8192, 1 << 30
_SMALL_EDGE, _SMALL_COPIED = 256, 1 << 22
_REPEATS = 10
_LAUNCHES = 20


class Meter:
    """Rates, memory, host time and waits of one device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.is_gpu = device.type == "cuda"

    def wait(self) -> None:
        """Wait until the device has done everything."""
        if self.is_gpu:
            torch.cuda.synchronize()

    def forget(self) -> None:
        """Give cached memory back, and let the peak begin anew."""
        if self.is_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def memory(self) -> dict:
        """Return the peak since `forget` in GiB; of a graph's own pool, what is reserved counts."""
        if not self.is_gpu:
            return {}
        names = {"allocated": torch.cuda.max_memory_allocated}
        names["reserved"] = torch.cuda.max_memory_reserved
        return {f"peak_{name}_gib": round(read() / 2**30, 3) for name, read in names.items()}

    def rates(self, small: bool) -> dict:
        """Measure a square bfloat16 product (float32 on a CPU) and a copy, bytes read + written."""
        edge, size = (_SMALL_EDGE, _SMALL_COPIED) if small else (_EDGE, _COPIED)
        dtype = torch.bfloat16 if self.is_gpu else torch.float32
        a = torch.randn(edge, edge, device=self.device, dtype=dtype)
        source = torch.zeros(size, dtype=torch.uint8, device=self.device)
        target = torch.empty_like(source)
        product, copy = self._quickest(lambda: a @ a), self._quickest(lambda: target.copy_(source))
        return {
            "product": f"{edge}^3, {str(dtype).removeprefix('torch.')}",
            "tflop_per_s": float(f"{2e-12 * edge**3 / product:.4g}"),
            "gb_per_s": float(f"{2e-9 * size / copy:.4g}"),
        }

    def host(self, launch: Callable[[], object], wait: Callable[[], object]) -> dict:
        """Return what launching costs the host in ms, and which calls waited for the device."""
        milliseconds = []
        problem = ""
        torch.cuda.set_sync_debug_mode("error")
        try:
            for _ in range(_LAUNCHES):
                begin = time.perf_counter()
                launch()
                milliseconds.append(1e3 * (time.perf_counter() - begin))
                wait()
        except RuntimeError as error:
            problem = str(error).splitlines()[0]
        finally:
            torch.cuda.set_sync_debug_mode("default")
        with torch.profiler.profile() as profile:
            for _ in range(_LAUNCHES):
                launch()
                wait()
        calls = Counter(e.name for e in profile.events() if "Synchronize" in e.name)
        return {
            "host_ms": quantiles(milliseconds) if milliseconds else {},
            "host_waits": problem or "none between copy-in and event",
            "synchronising_calls": {name: round(n / _LAUNCHES, 2) for name, n in calls.items()},
        }

    def growth(self, run: Callable[[], object], times: int) -> dict:
        """Return how much memory so many runs leave behind, in MiB."""
        process = psutil.Process()
        run()
        before = torch.cuda.memory_allocated(), process.memory_info().rss
        for _ in range(times):
            run()
        after = torch.cuda.memory_allocated(), process.memory_info().rss
        device, host = ((b - a) / 2**20 for a, b in zip(before, after, strict=True))
        return {"replays": times, "device_grew_mib": round(device, 3), "host_grew_mib": round(host)}

    def _quickest(self, run: Callable[[], object]) -> float:
        seconds = []
        for _ in range(_REPEATS):
            self.wait()
            begin = time.perf_counter()
            run()
            self.wait()
            seconds.append(time.perf_counter() - begin)
        return min(seconds)
