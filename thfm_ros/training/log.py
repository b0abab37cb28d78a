# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a training run tells while it runs: the terminal, metrics.jsonl and TensorBoard."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter

_LOG_EVERY = 50


class TrainingLog:
    """Averages over some steps, to the terminal, to metrics.jsonl and to TensorBoard."""

    def __init__(self, out: Path, total: int, enabled: bool) -> None:
        self.enabled, self.total = enabled, total
        self.sums: dict[str, float] = defaultdict(float)
        self.counts: dict[str, int] = defaultdict(int)
        self.steps = 0
        self.since = time.monotonic()
        if enabled:
            out.mkdir(parents=True, exist_ok=True)
            self.stream = (out / "metrics.jsonl").open("a")
            self.board = SummaryWriter(str(out / "tensorboard"))

    def add(self, step: int, terms: dict[str, torch.Tensor], dropped: int) -> None:
        """Count one step's terms; write a line every so many steps."""
        if not self.enabled:
            return
        for name, value in terms.items():
            self.sums[name] += float(value)
            self.counts[name] += 1
        self.steps += 1
        if step % _LOG_EVERY:
            return
        seconds = (time.monotonic() - self.since) / self.steps
        means = {name: self.sums[name] / self.counts[name] for name in self.sums}
        line = {"step": step, "seconds_per_step": seconds, "dropped": dropped, **means}
        self.stream.write(json.dumps({k: round(v, 5) for k, v in line.items()}) + "\n")
        self.stream.flush()
        for name, value in means.items():
            self.board.add_scalar(name, value, step)
        hours = (self.total - step) * seconds / 3600
        text = "  ".join(f"{name} {value:.3f}" for name, value in means.items())
        print(f"{step}/{self.total}  {seconds:.2f} s/step  {hours:.1f} h left  {text}", flush=True)
        self.sums.clear()
        self.counts.clear()
        self.steps = 0
        self.since = time.monotonic()

    def picture(self, step: int, grid: np.ndarray) -> None:
        """Show a picture, uint8 [H, W, 3], in TensorBoard."""
        self.board.add_image("clips", grid, step, dataformats="HWC")
        self.board.flush()
