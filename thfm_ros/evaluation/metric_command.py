# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate metric`: where people stand and their depth in metres, on synthetic clips."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path


def add_parser(kinds: argparse._SubParsersAction) -> None:
    """Register the command."""
    parser = kinds.add_parser("metric", help="metres on clips from `thfm synth clips`")
    parser.add_argument("folder", type=Path, help="folder of shards")
    parser.add_argument(
        "--checkpoint", type=Path, help="default: only what the geometry costs, from the truth"
    )
    parser.add_argument("--json", type=Path, help="write the tables here")
    parser.add_argument("--limit", type=int, help="clips to score; default: all")
    parser.add_argument("--threads", type=int, default=0, help="0 = all")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Score, print and write the tables; an error in arguments or files is one line."""
    from thfm_ros.model.checkpoint import CheckpointError

    try:
        report = score(args.folder, args.checkpoint, args.limit, args.threads)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"thfm evaluate: {error}", file=sys.stderr)
        return 1
    for name, table in report["measures"].items():
        print(name)
        for metric, value in table.items():
            print(f"  {metric:30} {'-' if value is None else format(value, '.4f'):>10}")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


def score(folder: Path, checkpoint: Path | None, limit: int | None, threads: int) -> dict:
    """Ask the truth without and with noise and, where there is a checkpoint, the engine."""
    from rich.progress import track

    from thfm_ros.clips.folder import ShardFolder
    from thfm_ros.clips.shards import read_clips
    from thfm_ros.evaluation.benchmark.machine import describe_machine
    from thfm_ros.evaluation.metric_clips import EXACT, LIKELY, TruthWitness, metric_measures
    from thfm_ros.runtime.backends import BackendChoice
    from thfm_ros.runtime.engine import Engine, EngineConfig

    shards = ShardFolder(folder)
    witnesses = {"truth": TruthWitness(EXACT), "truth_with_noise": TruthWitness(LIKELY)}
    if checkpoint is not None:
        choice = BackendChoice(threads=threads)
        witnesses["engine"] = Engine(EngineConfig(str(checkpoint), backend=choice))
    count = min(len(shards), limit or len(shards))
    measures = {}
    for name, witness in witnesses.items():
        clips = track(islice(read_clips(shards.shards), limit), name, total=count)
        measures[name] = _rounded(metric_measures(witness, clips))
    return {
        "measures": measures,
        "noise": asdict(LIKELY),
        "clips": count,
        "data": {"folder": folder.name, "fingerprint": shards.fingerprint()},
        "checkpoint": "" if checkpoint is None else checkpoint.name,
        "command": " ".join(["thfm", *sys.argv[1:]]),
        "machine": describe_machine(),
    }


def _rounded(table: dict[str, float]) -> dict[str, float | None]:
    """Five decimals; what is not defined is null, as JSON knows no NaN."""
    return {name: round(v, 5) if math.isfinite(v) else None for name, v in table.items()}
