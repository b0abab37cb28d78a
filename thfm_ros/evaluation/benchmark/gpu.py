# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm bench gpu`: eager, compiled and recorded programs on this GPU, beside what it could do.

Results are written after every row, so that whoever is interrupted keeps what was measured.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from thfm_ros.evaluation.benchmark import gpu_cases
from thfm_ros.evaluation.benchmark.gpu_cases import COMPILED, EAGER, FUSED_GRAPH, Case
from thfm_ros.evaluation.benchmark.gpu_meter import Meter
from thfm_ros.evaluation.benchmark.gpu_page import to_page
from thfm_ros.evaluation.benchmark.results import document, write
from thfm_ros.evaluation.replay.times import quantiles
from thfm_ros.runtime.backends.program import Program
from thfm_ros.runtime.backends.recording import Recording

_WHAT = "one window, pixels on the host to results on the host; random weights"
_SECONDS, _LEAST, _MOST = 1.0, 5, 100
"""How long one row is timed, and at least and at most how many windows."""
_REPLAYS = 1000


@dataclass(frozen=True)
class GpuPlan:
    """What to measure. json, page: where to write it; minutes: after which nothing new begins.

    dry: tiny models, eagerly, on the CPU: shows that the command works
    """

    json: Path | None = None
    page: Path | None = None
    minutes: float = 7.0
    dry: bool = False

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise ValueError(f"minutes is {self.minutes}, allowed is more than 0")
        if not self.dry and not torch.cuda.is_available():
            raise ValueError("no CUDA device is here; --dry-run shows on a CPU that this works")


def run_gpu(plan: GpuPlan, report: Callable[[str], None] = print) -> dict:
    """Measure case by case; returns the document that was written last."""
    end = time.monotonic() + 60 * plan.minutes
    meter = Meter(torch.device("cpu" if plan.dry else "cuda"))
    torch.backends.cudnn.benchmark = True  # as the backend does
    rows: list[dict] = []
    rates = meter.rates(small=plan.dry)
    report(f"{rates['tflop_per_s']} TFLOP/s, {rates['gb_per_s']} GB/s")
    program, subject = None, None
    for case in gpu_cases.cases(plan.dry):
        late = time.monotonic() > end
        if not late and case.subject != subject:
            subject, program = case.subject, None
            gc.collect()
            meter.forget()
            program = _program(case, meter, rows)
        if program is None or late:
            why = "out of time" if late else "the model could not be built"
            rows += [{"name": case.title(mode), "skipped": why} for mode in case.modes]
        else:
            save = partial(_save, plan, rows, rates)
            _Bench(case, program, meter, rates).run(rows, save)
            report(_line(rows[-1]))
        found = _save(plan, rows, rates)
    return found


def _save(plan: GpuPlan, rows: list[dict], rates: dict) -> dict:
    found = document(_WHAT, rows, dry_run=plan.dry, rates=rates)
    write(plan.json, found)
    if plan.page is not None:
        plan.page.write_text(to_page(found))
    return found


def _line(row: dict) -> str:
    return f"{row['name']}: {row.get('milliseconds', {}).get('p50') or row}"


def _program(case: Case, meter: Meter, rows: list[dict]) -> Program | None:
    try:
        begin = time.perf_counter()
        model = gpu_cases.build(case.subject, meter.device)
        parameters = sum(weight.numel() for weight in model.parameters())
        # As CudaGraphBackend has it; a CPU may only emulate bfloat16.
        dtype = torch.bfloat16 if meter.is_gpu or not case.subject.wide else None
        tasks = tuple(case.subject.config.tasks)
        program = Program(model, tasks, 1, dtype, meter.device)
        meter.wait()
    except Exception as error:  # of memory, above all: the next one may be smaller
        rows.append({"name": f"{case.subject.name}, built", "error": str(error)[:300]})
        return None
    rows.append(
        {
            "name": f"{case.subject.name}, built and folded",
            "seconds": round(time.perf_counter() - begin, 2),
            "parameters": parameters,
            **meter.memory(),
        }
    )
    return program


class _Bench:
    """Runs one case in its ways."""

    def __init__(self, case: Case, program: Program, meter: Meter, rates: dict) -> None:
        self._case, self._program, self._meter, self._rates = case, program, meter, rates
        width, height = case.size
        shape = (2, case.frames, height, width, 3)
        self._clips = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        self._compiled: Callable | None = None

    def run(self, rows: list[dict], save: Callable[[], object]) -> None:
        """Add a row for each way; what fails says why, and the next way is tried."""
        work = self._work()
        for mode in self._case.modes:
            self._meter.forget()
            row = {"name": self._case.title(mode), **work}
            try:
                with torch.inference_mode():
                    row |= self._measure(mode)
                if "tflop" in row:
                    row |= self._shares(row)
            except Exception as error:  # of a compiler or of CUDA: the answer for this row
                row["error"] = f"{type(error).__name__}: {str(error)[:300]}"
            rows.append(row)
            save()
        self._compiled = None
        gc.collect()

    def _measure(self, mode: str) -> dict:
        begin = time.perf_counter()
        function = self._program
        if mode in (COMPILED, FUSED_GRAPH):
            function = self._compile()
        if mode in (EAGER, COMPILED):
            self._run(function, 0)
            found = {"first_s": round(time.perf_counter() - begin, 2)}
            return found | self._timed(lambda clip: self._run(function, clip))
        return self._record(function)

    def _record(self, function: Callable) -> dict:
        """Time a recording, and see that replaying it neither waits nor eats memory."""
        meter, clips = self._meter, self._clips
        pool, stream = torch.cuda.graph_pool_handle(), torch.cuda.Stream()
        recording = Recording(function, self._case.tasks, clips[0], pool, stream)
        found = {"capture_s": round(recording.seconds, 2)}
        found |= self._timed(lambda clip: recording.run(clips[clip]))
        found |= meter.host(lambda: recording.launch(clips[1]), recording.wait)
        if found["milliseconds"]["p50"] * _REPLAYS < 1e4:
            found |= meter.growth(lambda: recording.run(clips[1]), _REPLAYS)
        return found

    def _compile(self) -> Callable:
        if self._compiled is None:
            torch._dynamo.reset()
            options = {"triton.cudagraphs": False}
            self._compiled = torch.compile(self._program, dynamic=False, options=options)
        return self._compiled

    def _run(self, function: Callable, clip: int) -> None:
        pixels = torch.from_numpy(self._clips[clip]).to(self._meter.device)
        for value in function(pixels, self._case.tasks).values():
            value.cpu()

    def _timed(self, run: Callable[[int], object]) -> dict:
        milliseconds: list[float] = []
        run(0)
        while len(milliseconds) < _MOST and (
            len(milliseconds) < _LEAST or sum(milliseconds) < 1e3 * _SECONDS
        ):
            begin = time.perf_counter()
            run(len(milliseconds) % 2)
            milliseconds.append(1e3 * (time.perf_counter() - begin))
        return {"milliseconds": quantiles(milliseconds), **self._meter.memory()}

    def _work(self) -> dict:
        """Count operations; the weights are what a window has to read at least."""
        try:
            with torch.inference_mode(), FlopCounterMode(display=False) as counter:
                self._run(self._program, 0)
        except Exception as error:  # of memory: the ways will say it, too
            return {"not counted": str(error)[:300]}
        return {"tflop": float(f"{counter.get_total_flops() / 1e12:.4g}")}

    def _shares(self, row: dict) -> dict:
        """Say how near to this GPU's own rates a row is."""
        seconds = 1e-3 * row["milliseconds"]["p50"]
        rate = row["tflop"] / seconds
        bytes_read = self._program.weight_bytes(self._case.tasks)
        return {
            "tflop_per_s": float(f"{rate:.4g}"),
            "share_of_product": round(rate / self._rates["tflop_per_s"], 4),
            "weights_mb": round(bytes_read / 1e6, 1),
            "share_of_copy": round(1e-9 * bytes_read / seconds / self._rates["gb_per_s"], 4),
        }
