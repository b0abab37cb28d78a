# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate`: a checkpoint against clips and recordings."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm evaluate`."""
    from thfm_ros.evaluation import bag_command, compare_command, dataset_command, fleet_command

    parser = subparsers.add_parser("evaluate", help="compare a checkpoint with ground truth")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="kind")
    clips = kinds.add_parser("clips", help="clips from `thfm synth clips`")
    clips.add_argument("folder", type=Path, help="folder of shards")
    clips.add_argument("--checkpoint", required=True, type=Path)
    clips.add_argument("--json", type=Path, help="write the table here")
    clips.add_argument("--limit", type=int, help="clips to score; default: all")
    clips.add_argument("--window", type=int, help="frames, 4k + 1; default: the checkpoint's")
    clips.add_argument("--threads", type=int, default=0, help="0 = all")
    clips.set_defaults(func=_clips)
    bag_command.add_parser(kinds)
    fleet_command.add_parser(kinds)
    dataset_command.add_parser(kinds)
    compare_command.add_parser(kinds)


def _clips(args: argparse.Namespace) -> int:
    from thfm_ros.model.checkpoint import CheckpointError

    try:
        table = score_folder(args.folder, args.checkpoint, args.limit, args.window, args.threads)
    except (CheckpointError, OSError, ValueError) as error:
        print(f"thfm evaluate: {error}", file=sys.stderr)
        return 1
    for name, value in table["metrics"].items():
        print(f"{name:24} {value:10.4f}")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(table, indent=2) + "\n")
    return 0


def score_folder(
    folder: Path, checkpoint: Path, limit: int | None, window: int | None, threads: int
) -> dict:
    """Score a folder of shards; return metrics, what was scored and on what machine.

    `accel_ratio` is the acceleration error over that of the same weights on single frames: below 1,
    the window steadies the skeleton. It is there when clips have three frames or more.
    """
    import torch
    from rich.progress import track

    from thfm_ros.evaluation.benchmark.machine import describe_machine
    from thfm_ros.evaluation.clips import evaluate_clips
    from thfm_ros.model.checkpoint import load_checkpoint
    from thfm_ros.training.shards import ShardFolder

    if threads:
        torch.set_num_threads(threads)
    shards = ShardFolder(folder)
    count = min(len(shards), limit or len(shards))
    model = load_checkpoint(checkpoint)
    length = window or model.config.frames
    clips = track(_read(shards.shards, count), total=count, description="scoring", transient=True)
    metrics = evaluate_clips(model, clips, length)
    if "accel_m_s2" in metrics:
        alone = evaluate_clips(model, _read(shards.shards, count), 1)
        metrics["accel_ratio"] = metrics["accel_m_s2"] / max(alone["accel_m_s2"], 1e-9)
    return {
        "metrics": {name: round(value, 5) for name, value in metrics.items()},
        "clips": count,
        "window": length,
        "size": list(model.config.size),
        "data": {"folder": folder.name, "fingerprint": shards.fingerprint()},
        "checkpoint": model.config.name,
        "command": " ".join(["thfm", *sys.argv[1:]]),
        "machine": describe_machine(),
    }


def _read(shards: list[Path], count: int) -> Iterator:
    from thfm_ros.synth.shards import decode_clip, read_shard

    for shard in shards:
        for _, files in read_shard(shard):
            if count == 0:
                return
            count -= 1
            yield decode_clip(files)
