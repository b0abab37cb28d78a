# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm run`: the same engine as the ROS node, on a video, without ROS."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from thfm_ros.options import add_rotation


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm run`."""
    parser = subparsers.add_parser("run", help="perceive a video without ROS")
    parser.add_argument("video", help="video, folder of images, bag or device")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--topic", default="", help="of a bag's images (default: the only camera)")
    parser.add_argument("--checkpoint", default="", help="directory (default: what ships)")
    parser.add_argument("--tasks", nargs="+", help="subset of the checkpoint's tasks")
    parser.add_argument("--window", type=int, help="frames, 4k + 1 (default: the checkpoint's)")
    parser.add_argument("--stride", type=int, default=1, help="inference every n-th frame")
    parser.add_argument(
        "--overlap",
        type=int,
        help="perceive offline, in windows that share so many frames (default: as a stream)",
    )
    add_rotation(parser)
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0, help="0 = all")
    parser.add_argument("--frames", type=int, help="stop after so many")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Perceive a video; write overlay.mp4, people.jsonl and summary.json."""
    from thfm_ros.media.errors import SourceError

    try:
        summary = perceive_video(args)
    except (SourceError, OSError, ValueError) as error:
        print(f"thfm run: {error}", file=sys.stderr)
        return 1
    print(f"{summary['frames']} frames, {summary['inferences']} inferences")
    for problem in summary["problems"]:
        print(f"problem: {problem}")
    print(f"look at {args.out / 'overlay.mp4'} and {args.out / 'people.jsonl'}")
    return 0


def perceive_video(args: argparse.Namespace) -> dict:
    """Perceive a video and write what was seen as it is seen; return the summary."""
    from itertools import islice

    from rich.progress import track

    from thfm_ros.media.video import read_frames
    from thfm_ros.runtime.run_output import RunOutput
    from thfm_ros.runtime.stream.intake import admitted

    source = read_frames(args.video, topic=args.topic)
    frames = islice(admitted(source, lambda frame: frame.stamp_ns, source.skipped), args.frames)
    perceive = _stream if args.overlap is None else _offline
    seen = perceive(args, frames, source.skipped)
    with RunOutput(args.out, args.checkpoint, source) as output:
        for frame, result in track(seen, description="perceiving"):
            output.add(frame, result)
        output.complete()
    return output.summary


def _stream(args: argparse.Namespace, frames, skipped) -> Iterator[tuple]:
    """Yield each frame with its perception, as a node would: None while no inference is due."""
    from thfm_ros.runtime.engine import Engine

    engine, answered = Engine(_config(args)), False
    for arrival in frames:
        frame = arrival.item
        if arrival.reset:
            engine.reset()
        if arrival.shift_ns:
            engine.shift(arrival.shift_ns)
        try:
            result = engine.push(frame)
        except Exception as error:  # a bad frame must not end the run
            if not answered:
                raise
            skipped[f"frames that failed: {type(error).__name__}: {error}"] += 1
            continue
        answered = True
        yield frame, result


def _offline(args: argparse.Namespace, frames, skipped) -> Iterator[tuple]:
    from thfm_ros.runtime.offline import perceive_offline

    return perceive_offline(_config(args), (arrival.item for arrival in frames), args.overlap)


def _config(args: argparse.Namespace):
    from thfm_ros.model.shipped import config_of
    from thfm_ros.runtime.backends import BackendChoice
    from thfm_ros.runtime.engine import EngineConfig
    from thfm_ros.runtime.looks.rotation import ImageRotation
    from thfm_ros.runtime.stream.window import WindowPolicy

    trained_for = config_of(args.checkpoint)
    return EngineConfig(
        checkpoint=args.checkpoint,
        tasks=tuple(args.tasks or trained_for.tasks),
        window=WindowPolicy(length=args.window or trained_for.frames, stride=args.stride),
        backend=BackendChoice(args.backend, args.device, args.threads),
        rotation=ImageRotation(args.rotation),
    )
