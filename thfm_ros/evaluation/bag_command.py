# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate bag`: replay a recording through the engine, compare, write JSON and a page."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from thfm_ros.options import add_rotation

COMPLETE, FAILED, PARTIAL = 0, 1, 3
"""Exit codes: all of it, nothing, what could be read."""


def add_parser(kinds: argparse._SubParsersAction) -> None:
    """Register `thfm evaluate bag`."""
    parser = kinds.add_parser("bag", help="a rosbag2 recording, with or without ground truth")
    parser.add_argument(
        "bag", type=Path, help="folder, .mcap or .db3; or a video: consistency only"
    )
    add_options(parser)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--html", type=Path, help="write the page here")
    parser.add_argument("--rerun", type=Path, help="write a recording for Rerun's viewer here")
    parser.add_argument("--brief", action="store_true", help="JSON without a row for each frame")
    parser.add_argument(
        "--live",
        action="store_true",
        help="through the ROS nodes, at the bag's own rate: latency, drops, jitter",
    )
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME", help="beside ours: mediapipe"
    )
    parser.add_argument("--peer-python", default="", help="interpreter of the peer's environment")
    parser.add_argument("--live-mode", choices=("latest", "every"), default="latest")
    parser.add_argument("--rate", type=float, default=1.0, help="speed of --live; 2 = twice")
    parser.set_defaults(func=_run)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what one bag and many bags have in common."""
    parser.add_argument(
        "--image", "--topic", default="", help="topic of the images (default: the only camera)"
    )
    parser.add_argument(
        "--reference",
        action="append",
        default=[],
        metavar="OURS=TOPIC",
        help="compare our topic (keypoints2d, depth/image, ...) with one of the bag; "
        "/ground_truth/OURS is found without it",
    )
    parser.add_argument("--checkpoint", default="", help="directory (default: what ships)")
    parser.add_argument("--tasks", nargs="+", help="subset of the checkpoint's tasks")
    parser.add_argument("--window", type=int, help="frames, 4k + 1 (default: the checkpoint's)")
    parser.add_argument("--stride", type=int, default=1, help="inference every n-th frame")
    parser.add_argument(
        "--emit", choices=("newest", "new"), default="newest", help="new = every new frame of one"
    )
    parser.add_argument(
        "--no-focus", action="store_true", help="do not look again where people are small"
    )
    parser.add_argument("--overlap", type=int, help="offline, in windows that share so many frames")
    parser.add_argument("--min-score", type=float, help="0..1; below it nobody is there")
    parser.add_argument("--min-confidence", type=float, help="0..1; below it a landmark is absent")
    parser.add_argument("--frames", type=int, help="stop after so many")
    add_rotation(parser)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0, help="0 = all")


def _run(args: argparse.Namespace) -> int:
    from thfm_ros.evaluation.report import document, page
    from thfm_ros.processes import ProcessError

    try:
        runs, source = evaluate_bag(args)
    except (OSError, ValueError, ProcessError) as error:
        print(f"thfm evaluate bag: {error}", file=sys.stderr)
        return FAILED
    report = document.clean(document.build(source, runs))
    if args.json:
        document.write(document.brief(report) if args.brief else report, args.json)
        rows_path(args).unlink(missing_ok=True)
    print_table(report)
    if args.html:
        try:
            page.write(report, runs, args.html)
        except Exception as error:  # a page that cannot be drawn must not hide the figures
            print(f"thfm evaluate bag: no page: {error}", file=sys.stderr)
            return PARTIAL
    return COMPLETE if report["status"] == document.COMPLETE else PARTIAL


def evaluate_bag(args: argparse.Namespace) -> tuple[list, dict]:
    """Run everybody over the bag; return the runs, ours first, and what was read."""
    from itertools import islice

    from rich.progress import Progress

    from thfm_ros.evaluation.replay.run import run
    from thfm_ros.evaluation.replay.video import open_recording

    references = parse_references(args.reference)
    with open_recording(args.bag, args.image, references):
        pass
    runs, source = [], {}
    keep = _RowKeeper(rows_path(args))
    for subject in _subjects(args):
        with (
            open_recording(args.bag, args.image, references) as recording,
            Progress() as progress,
        ):
            bar = progress.add_task(subject.name, total=args.frames or recording.expected)
            log = _rerun_log(args) if not runs else None

            def each(sample, perception, row, progress=progress, bar=bar, log=log) -> None:
                progress.advance(bar)
                keep(sample, row)
                if log is not None and perception is not None:
                    log.add(sample, perception, row)

            try:
                runs.append(run(subject, islice(recording.samples(), args.frames), each))
            finally:
                subject.close()
                if log is not None:
                    log.close()
            source = source or recording.describe()
    return runs, source


class _RowKeeper:
    """Writes each frame's figures as they come, one JSON line each; None = nowhere."""

    def __init__(self, path: Path | None) -> None:
        self._file = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("w", encoding="utf-8", buffering=1)

    def __call__(self, sample, row: dict[str, float]) -> None:
        if self._file is not None:
            line = {"stamp_ns": sample.frame.stamp_ns, **row}
            self._file.write(json.dumps(line, default=float) + "\n")


def rows_path(args: argparse.Namespace) -> Path | None:
    """Return where rows are kept until the JSON that has them all is written."""
    path = getattr(args, "json", None)
    return None if path is None else path.with_suffix(".rows.jsonl")


def _rerun_log(args: argparse.Namespace):
    """Return where our side's frames are logged to, None when nobody asked."""
    if not getattr(args, "rerun", None):
        return None
    from thfm_ros.evaluation.report.rerun_log import RerunLog

    return RerunLog(args.rerun, args.bag.name)


def parse_references(texts: list[str]) -> dict[str, str]:
    """Read OURS=TOPIC pairs; `depth` stands for `depth/image` and so on."""
    from thfm_ros.evaluation.replay.references import KINDS

    pairs = {}
    for text in texts:
        ours, separator, topic = text.partition("=")
        if not separator or not topic:
            raise ValueError(f"--reference is {text!r}, allowed is OURS=TOPIC")
        pairs[ours if ours in KINDS else f"{ours}/image"] = topic
    return pairs


def engine_config(args: argparse.Namespace):
    """Return the EngineConfig that the options ask for."""
    from thfm_ros.model.shipped import config_of
    from thfm_ros.runtime.backends import BackendChoice
    from thfm_ros.runtime.engine import EngineConfig
    from thfm_ros.runtime.looks.rotation import ImageRotation
    from thfm_ros.runtime.stream.window import WindowPolicy

    trained_for = config_of(args.checkpoint)
    thresholds = {
        name: getattr(args, name)
        for name in ("min_score", "min_confidence")
        if getattr(args, name) is not None
    }
    return EngineConfig(
        checkpoint=args.checkpoint,
        tasks=tuple(args.tasks or trained_for.tasks),
        window=WindowPolicy(length=args.window or trained_for.frames, stride=args.stride),
        backend=BackendChoice(args.backend, args.device, args.threads),
        rotation=ImageRotation(args.rotation),
        emit=args.emit,
        focus=not args.no_focus,
        **thresholds,
    )


def print_table(report: dict) -> None:
    """Print the figures, and what was wrong."""
    from thfm_ros.evaluation.scoring.catalogue import METRICS

    columns = [report, *report["peers"].values()]
    for name, metric in METRICS.items():
        values = [column["metrics"].get(name) for column in columns]
        if any(value is not None for value in values):
            cells = "".join(f"{'' if v is None else format(v, '.4f'):>12}" for v in values)
            print(f"{name:22}{cells}  {metric.unit}")
    total = report["latency"].get("total_ms", {})
    if total:
        print(f"{'total_ms p50':22}{total['p50']:12.2f}  ms")
    for problem in report["problems"]:
        print(f"problem: {problem}", file=sys.stderr)


def _subjects(args: argparse.Namespace):
    """Yield everybody to evaluate, ours first; each is made when its turn comes."""
    from thfm_ros.evaluation.peers.subject import PeerSubject
    from thfm_ros.evaluation.replay.live import LiveSubject
    from thfm_ros.evaluation.replay.subjects import EngineSubject, OfflineSubject

    config = engine_config(args)
    if getattr(args, "live", False):
        yield LiveSubject(config, args.bag, args.image, args.live_mode, args.rate)
    elif args.overlap is not None:
        yield OfflineSubject(config, args.overlap)
    else:
        yield EngineSubject(config)
    for name in getattr(args, "peer", ()):
        yield PeerSubject(name, args.peer_python)
