# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm bench`: timings, written as JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm bench`."""
    parser = subparsers.add_parser("bench", help="measure speed and memory on this machine")
    parser.add_argument(
        "--checkpoint", default="", help="directory, or random (default: what ships)"
    )
    parser.add_argument("--size", help="WIDTHxHEIGHT of the network; default: the checkpoint's")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 = all cores")
    parser.add_argument("--quick", action="store_true", help="the essentials, under two minutes")
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="also watch the node's memory so long"
    )
    parser.add_argument("--peer", choices=("mediapipe",), help="time it too, on --peer-video")
    parser.add_argument("--peer-video", type=Path, help="video file that shows one person")
    parser.add_argument("--peer-python", default="", help="interpreter of the peer's environment")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("A.json", "B.json"),
        help="measure nothing: print what two runs have in common, and B / A",
    )
    parser.set_defaults(func=_suite)
    kinds = parser.add_subparsers(dest="kind", metavar="start-up | gpu | gpu-plan | full-size")
    full = kinds.add_parser("full-size", help="one pass of a full-size model, random weights")
    full.add_argument("--preset", default="wan-1.3b", choices=("wan-1.3b", "wan-14b"))
    full.add_argument("--size", default="448x256", help="WIDTHxHEIGHT")
    full.add_argument("--frames", type=int, default=5, help="4k + 1")
    full.add_argument("--json", type=Path, help="write the figures here")
    full.set_defaults(func=_full_size)
    start = kinds.add_parser("start-up", help="how long a node takes until it is active")
    start.add_argument("--json", type=Path, help="write the figures here")
    start.set_defaults(func=_start_up)
    gpu = kinds.add_parser("gpu", help="CUDA graphs and their rivals on this GPU, minutes")
    gpu.add_argument("--minutes", type=float, default=7.0, help="nothing new begins after them")
    gpu.add_argument("--dry-run", action="store_true", help="tiny models on the CPU: does it work")
    gpu.add_argument("--json", type=Path, help="write the figures here, as they come")
    gpu.add_argument("--page", type=Path, help="and a page to read here")
    gpu.set_defaults(func=_gpu)
    plan = kinds.add_parser("gpu-plan", help="what GPUs should take: computed, not measured")
    plan.add_argument("--json", type=Path, help="write the figures here")
    plan.set_defaults(func=_gpu_plan)


def _suite(args: argparse.Namespace) -> int:
    if args.compare:
        return _compare(*args.compare)
    from thfm_ros.evaluation.benchmark.suite import SuitePlan, run_suite, table
    from thfm_ros.model.checkpoint import CheckpointError
    from thfm_ros.processes import ProcessError

    try:
        size = tuple(int(edge) for edge in args.size.split("x")) if args.size else None
        plan = SuitePlan(args.checkpoint, size, args.threads, args.quick, args.minutes, _race(args))
        figures = run_suite(plan)
    except (ValueError, CheckpointError, ProcessError) as error:
        print(f"thfm bench: {error}", file=sys.stderr)
        return 1
    _write(args.json, figures)
    print(table(figures))
    return 0


def _compare(before: Path, after: Path) -> int:
    from thfm_ros.evaluation.benchmark.results import compare, read

    try:
        print(compare(read(before), read(after)))
    except ValueError as error:
        print(f"thfm bench --compare: {error}", file=sys.stderr)
        return 1
    return 0


def _race(args: argparse.Namespace):
    from thfm_ros.evaluation.benchmark.peer import PeerRace

    if args.peer is None:
        return None
    if args.peer_video is None:
        raise ValueError("--peer needs --peer-video, a video file that shows one person")
    return PeerRace(args.peer, args.peer_video, args.peer_python)


def _full_size(args: argparse.Namespace) -> int:
    from thfm_ros.evaluation.benchmark.full_size import FullSizeRun, run_full_size
    from thfm_ros.model.presets import preset

    try:
        width, height = (int(edge) for edge in args.size.split("x"))
        run = FullSizeRun(preset(args.preset), (width, height), args.frames)
    except ValueError as error:
        print(f"thfm bench: {error}", file=sys.stderr)
        return 1
    figures = run_full_size(run)
    _write(args.json, figures)
    print(f"{figures['seconds']['total']} s, {figures['tflop_per_s']} TFLOP/s, ", end="")
    print(f"peak {figures['peak_memory_gib']} GiB")
    return 0


def _start_up(args: argparse.Namespace) -> int:
    from thfm_ros.evaluation.benchmark.start_up import measure_start
    from thfm_ros.processes import ProcessError

    try:
        found = measure_start(args.checkpoint)
    except ProcessError as error:
        print(f"thfm bench start-up: {error}", file=sys.stderr)
        return 1
    _write(args.json, found)
    for row in found["rows"]:
        parts = ", ".join(f"{name} {value}" for name, value in row.get("seconds", {}).items())
        seconds = row["milliseconds"]["p50"] / 1e3
        print(f"{row['name']}: {seconds:.2f} s, {row['cpu_s']} CPU s {parts}")
    return 0


def _gpu(args: argparse.Namespace) -> int:
    from thfm_ros.evaluation.benchmark.gpu import GpuPlan, run_gpu

    try:
        plan = GpuPlan(args.json, args.page, args.minutes, args.dry_run)
    except ValueError as error:
        print(f"thfm bench gpu: {error}", file=sys.stderr)
        return 1
    found = run_gpu(plan)
    return 1 if any("error" in row for row in found["rows"]) else 0


def _gpu_plan(args: argparse.Namespace) -> int:
    from thfm_ros.evaluation.benchmark.gpu_plan import plan, to_markdown

    figures = plan()
    _write(args.json, figures)
    print(to_markdown(figures))
    return 0


def _write(path: Path | None, figures: dict) -> None:
    from thfm_ros.evaluation.benchmark.results import write

    write(path, figures)
