# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run by test_sharding.py under `accelerate launch`: the same training in shards and whole."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path

from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType
from torch.distributed.tensor import DTensor

from thfm_ros.clips.folder import ShardFolder
from thfm_ros.training.settings import Optimiser, Phase, TrainingSettings
from thfm_ros.training.trainer import Trainer

SETTINGS = TrainingSettings(
    # In the last step the two processes draw different tasks, hence different prompts.
    phases=(Phase(2, (32, 32), 5, 1, 4), Phase(1, (32, 32), 5, 1, 1)),
    preset="tiny",
    precision="fp32",
    optimiser=Optimiser(warmup=2, clip=0.1, weight_decay=0.0),
)


def build(shards: Path, out: Path, settings: TrainingSettings = SETTINGS) -> Trainer:
    return Trainer(settings, "ambient", [ShardFolder(shards)], out)


def start_processes(sharded: bool) -> None:
    """Join the process group; Accelerate shards on accelerators only, so the CPU is called one."""
    AcceleratorState._reset_state(reset_partial_state=True)
    os.environ["ACCELERATE_USE_FSDP"] = str(sharded).lower()
    PartialState(cpu=True)
    if sharded:
        PartialState._shared_state["distributed_type"] = DistributedType.MULTI_GPU


def held(trainer: Trainer) -> float:
    """Return which part of the trained weights this process holds."""
    parameters = list(trainer.stage.parameters())
    assert all(isinstance(parameter, DTensor) for parameter in parameters)
    whole = sum(parameter.numel() for parameter in parameters)
    return sum(parameter.to_local().numel() for parameter in parameters) / whole


def main(shards: Path, out: Path) -> None:
    start_processes(sharded=True)
    sharded = build(shards, out / "sharded")
    sharded.run(resume=False)
    main_process = sharded.accelerator.is_main_process
    if main_process:
        (out / "held.json").write_text(json.dumps(held(sharded)))
    first = dataclasses.replace(SETTINGS, phases=SETTINGS.phases[:1])
    # The main process's clock decides for all when the time is up.
    build(shards, out / "cut", first).run(resume=False, seconds=1000 if main_process else 0)
    build(shards, out / "cut").run(resume=True)
    start_processes(sharded=False)
    build(shards, out / "whole").run(resume=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
