# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write what a training step spends its time on, by part and by kind of operation.

python tools/step_profile.py --config run.yaml --data clips/ --json docs/data/step_profile.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from thfm_ros.clips.folder import ShardFolder
from thfm_ros.evaluation.benchmark.machine import describe_machine
from thfm_ros.training.settings import load_settings
from thfm_ros.training.stages import draw_tasks
from thfm_ros.training.trainer import Trainer

_STEPS = 5
_OPERATIONS = 15


class Steps:
    """Training steps whose parts are timed, seconds."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.rng = np.random.default_rng(0)
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def run(self) -> None:
        """Do what `Trainer` does in a step of the first phase."""
        trainer, phase = self.trainer, self.trainer.settings.phases[0]
        stage, accelerator = trainer.stage, trainer.accelerator
        with self._timed("data"):
            batch = trainer.source.draw(phase, self.rng)
            tasks = draw_tasks(stage.dense_tasks, phase.tasks, self.rng)
        with self._timed("forward"):
            loss, _ = trainer.wrapped(batch, tasks)
        with self._timed("backward"):
            accelerator.backward(loss)
        with self._timed("optimiser"):
            accelerator.clip_grad_norm_(stage.parameters(), trainer.settings.optimiser.clip)
            trainer.optimiser.step()
        with self._timed("average of weights"):
            trainer.ema.step([p for p in stage.model.parameters() if p.requires_grad])
        trainer.optimiser.zero_grad()

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[part].append(time.perf_counter() - begin)


def operations(steps: Steps) -> dict[str, float]:
    """Return the share of a step that each kind of operation takes itself."""
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        steps.run()
    spent = Counter({row.key: row.self_cpu_time_total for row in recorded.key_averages()})
    total = sum(spent.values())
    return {name: round(spent / total, 3) for name, spent in spent.most_common(_OPERATIONS)}


def main() -> int:
    """Profile a few steps from the settings' start, on one thread of the CPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    settings = load_settings(args.config)
    with tempfile.TemporaryDirectory() as out:
        steps = Steps(Trainer(settings, "ambient", [ShardFolder(args.data)], Path(out)))
        steps.run()
        steps.seconds.clear()
        for _ in range(_STEPS):
            steps.run()
        medians = {part: float(np.median(times)) for part, times in steps.seconds.items()}
        total = sum(medians.values())
        result = {
            "machine": describe_machine(),
            "phase": vars(settings.phases[0]),
            "seconds_per_step": round(total, 2),
            "parts": {part: round(seconds / total, 3) for part, seconds in medians.items()},
            "operations": operations(steps),
        }
    args.json.write_text(json.dumps(result, indent=2) + "\n")
    print(args.json.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
