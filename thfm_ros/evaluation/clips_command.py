# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate clips`: a checkpoint against folders of synthetic clips."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path


def add_parser(kinds: argparse._SubParsersAction) -> None:
    """Register the command."""
    parser = kinds.add_parser("clips", help="clips from `thfm synth clips`")
    parser.add_argument(
        "folders",
        nargs="+",
        metavar="[NAME=]DIR",
        help="folder of shards; several, each with a name, make one JSON with a table a name",
    )
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--json", type=Path, help="write the table here")
    parser.add_argument("--limit", type=int, help="clips to score in each folder; default: all")
    parser.add_argument("--window", type=int, help="frames, 4k + 1; default: the checkpoint's")
    parser.add_argument(
        "--stride",
        type=int,
        help="new frames a window; 1 = each frame ends its own, as on a robot; default: they meet",
    )
    parser.add_argument(
        "--accel-window",
        type=int,
        help="when windows have one frame: also run windows of so many, for accel_ratio",
    )
    parser.add_argument(
        "--no-focus", action="store_true", help="do not look again where people are small"
    )
    parser.add_argument("--backend", default="eager", help="auto, cuda_graph, openvino or eager")
    parser.add_argument("--threads", type=int, default=0, help="0 = all")
    parser.set_defaults(func=run)


@dataclass(frozen=True)
class Job:
    """What is scored: a checkpoint on so many clips a folder, with windows of so many frames.

    limit: None = all clips; window: None = the checkpoint's; threads: 0 = all
    stride: new frames a window; None = windows meet in one frame
    focus: look again where people are small, as perception_node does
    accel_window: frames of the windows that single frames are held against; None = none
    """

    checkpoint: Path
    limit: int | None = None
    window: int | None = None
    threads: int = 0
    backend: str = "eager"
    focus: bool = True
    stride: int | None = None
    accel_window: int | None = None

    def __post_init__(self) -> None:
        """Refuse windows that no model takes before minutes are spent on scoring."""
        window = self.accel_window
        if window is not None and (window < 5 or window % 4 != 1):
            raise ValueError(f"accel_window is {window}, allowed is 4k + 1 from 5 on")


def run(args: argparse.Namespace) -> int:
    """Score, print and write the tables; an error in arguments or files is one line."""
    from thfm_ros.model.checkpoint import CheckpointError

    try:
        job = Job(
            args.checkpoint,
            args.limit,
            args.window,
            args.threads,
            args.backend,
            not args.no_focus,
            args.stride,
            args.accel_window,
        )
        named = name_folders(args.folders)
        tables = {name: score_folder(folder, job) for name, folder in named.items()}
    except (CheckpointError, OSError, ValueError) as error:
        print(f"thfm evaluate: {error}", file=sys.stderr)
        return 1
    for name, table in tables.items():
        print(name or table["data"]["folder"])
        for metric, value in table["metrics"].items():
            print(f"  {metric:24} {value:10.4f}")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(join(tables), indent=2) + "\n")
    return 0


def name_folders(folders: list[str]) -> dict[str, Path]:
    """Split "NAME=DIR" arguments; a single folder may go without a name."""
    if len(folders) == 1 and "=" not in folders[0]:
        return {"": Path(folders[0])}
    named = [text.partition("=") for text in folders]
    for text, (name, separator, folder) in zip(folders, named, strict=True):
        if not (separator and name and folder):
            raise ValueError(f"{text!r} is no NAME=DIR; each of several folders needs a name")
    if len({name for name, _, _ in named}) < len(named):
        raise ValueError(f"names of folders repeat: {folders}")
    return {name: Path(folder) for name, _, folder in named}


def join(tables: dict[str, dict]) -> dict:
    """Return what the JSON holds: one table as it is, or the metrics by name and what made them."""
    if list(tables) == [""]:
        return tables[""]
    how = ("window", "stride", "accel_window", "focus", "backend", "size")
    made_by = ("checkpoint", "command", "commit", "machine")
    first = next(iter(tables.values()))
    return {
        **{name: {"clips": t["clips"], **t["metrics"]} for name, t in tables.items()},
        "data": {name: t["data"] for name, t in tables.items()},
        **{name: first[name] for name in how + made_by},
    }


def score_folder(folder: Path, job: Job) -> dict:
    """Score a folder of shards; return metrics, what was scored and on what machine.

    `accel_ratio` is the acceleration error of windows over that of the same weights on single
    frames: below 1, the window steadies the skeleton. It is there when clips have three frames or
    more. Where single frames are scored, the windows are the job's `accel_window`, and each frame
    ends its own.
    """
    import torch
    from rich.progress import track

    from thfm_ros.clips.folder import ShardFolder
    from thfm_ros.clips.shards import read_clips
    from thfm_ros.evaluation.benchmark.machine import describe_machine
    from thfm_ros.evaluation.clips import evaluate_clips
    from thfm_ros.model.checkpoint import load_checkpoint
    from thfm_ros.runtime.backends import BackendChoice

    if job.threads:
        torch.set_num_threads(job.threads)
    shards = ShardFolder(folder)
    count = min(len(shards), job.limit or len(shards))
    model = load_checkpoint(job.checkpoint)
    length = job.window or model.config.frames
    choice = BackendChoice(job.backend, threads=job.threads)

    def score(window: int, stride: int | None) -> dict[str, float]:
        clips = islice(read_clips(shards.shards), count)
        shown = track(clips, total=count, description="scoring", transient=True)
        return evaluate_clips(model, shown, window, choice, job.focus, stride)

    metrics = score(length, job.stride)
    accel = metrics.get("accel_m_s2")
    if accel and length > 1:
        metrics["accel_ratio"] = accel / max(score(1, None)["accel_m_s2"], 1e-9)
    elif accel and job.accel_window:
        metrics["accel_ratio"] = score(job.accel_window, 1)["accel_m_s2"] / accel
    return {
        "metrics": {name: round(value, 5) for name, value in metrics.items()},
        "clips": count,
        "window": length,
        "stride": job.stride,
        "accel_window": job.accel_window,
        "focus": job.focus,
        "backend": job.backend,
        "size": list(model.config.size),
        "data": {"folder": folder.name, "fingerprint": shards.fingerprint(), **_plan(folder)},
        "checkpoint": model.config.name,
        "command": " ".join(["thfm", *sys.argv[1:]]),
        "commit": _commit(),
        "machine": describe_machine(),
    }


def _plan(folder: Path) -> dict:
    """Return what the data were drawn from, which `thfm synth clips` leaves beside them."""
    path = folder / "plan.json"
    plan = json.loads(path.read_text()) if path.is_file() else {}
    wanted = ("split", "seed", "look", "crowd", "frames", "stride")
    return {name: plan[name] for name in wanted if name in plan}


def _commit() -> str:
    """Return the commit of the source tree that runs, "" outside of one."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
