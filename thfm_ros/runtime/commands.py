# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm run`: the same engine as the ROS node, on a video, without ROS."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm run`."""
    parser = subparsers.add_parser("run", help="perceive a video without ROS")
    parser.add_argument("video", help="video, folder of images or device")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--checkpoint", default="", help="directory (default: what ships)")
    parser.add_argument("--tasks", nargs="+", help="subset of the checkpoint's tasks")
    parser.add_argument("--window", type=int, help="frames, 4k + 1 (default: the checkpoint's)")
    parser.add_argument("--stride", type=int, default=1, help="inference every n-th frame")
    parser.add_argument(
        "--overlap",
        type=int,
        help="perceive offline, in windows that share so many frames (default: as a stream)",
    )
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
        print(f"thfm run: {error}")
        return 1
    print(f"{summary['frames']} frames, {summary['inferences']} inferences")
    print(f"look at {args.out / 'overlay.mp4'} and {args.out / 'people.jsonl'}")
    return 0


def perceive_video(args: argparse.Namespace) -> dict:
    """Perceive a video and write what was seen; return the summary."""
    from itertools import islice

    from rich.progress import track

    from thfm_ros.media import mosaic
    from thfm_ros.media.video import VideoWriter, read_frames
    from thfm_ros.model.shipped import config_of, weights_title

    frames = islice(read_frames(args.video), args.frames)
    untrained = not config_of(args.checkpoint).trained
    banner = "UNTRAINED WEIGHTS" if untrained else ""
    seen = _stream(args, frames) if args.overlap is None else _offline(args, frames)
    args.out.mkdir(parents=True, exist_ok=True)
    times, count = [], 0
    with (
        VideoWriter(args.out / "overlay.mp4") as video,
        (args.out / "people.jsonl").open("w") as people,
    ):
        for frame, result in track(seen, description="perceiving"):
            count += 1
            if result is None:
                continue
            times.append(result.times.inference)
            caption = f"{result.backend}  {result.times.inference:.0f} ms"
            video.write(mosaic.draw(frame, result, banner, caption), frame.stamp_ns)
            people.write(json.dumps(_people(result)) + "\n")
    summary = {
        "checkpoint": weights_title(args.checkpoint),
        "untrained": untrained,
        "frames": count,
        "inferences": len(times),
        "inference_ms_p50": round(float(np.median(times)), 2) if times else None,
    }
    (args.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def _stream(args: argparse.Namespace, frames) -> Iterator[tuple]:
    """Yield each frame with its perception, as a node would: None while no inference is due."""
    from thfm_ros.runtime.engine import Engine

    engine = Engine(_config(args))
    for frame in frames:
        yield frame, engine.push(frame)


def _offline(args: argparse.Namespace, frames) -> Iterator[tuple]:
    from thfm_ros.runtime.offline import perceive_offline

    return perceive_offline(_config(args), frames, args.overlap)


def _config(args: argparse.Namespace):
    from thfm_ros.model.shipped import config_of
    from thfm_ros.runtime.backends import BackendChoice
    from thfm_ros.runtime.engine import EngineConfig
    from thfm_ros.runtime.window import WindowPolicy

    trained_for = config_of(args.checkpoint)
    return EngineConfig(
        checkpoint=args.checkpoint,
        tasks=tuple(args.tasks or trained_for.tasks),
        window=WindowPolicy(length=args.window or trained_for.frames, stride=args.stride),
        backend=BackendChoice(args.backend, args.device, args.threads),
    )


def _people(result) -> dict:
    """Return one frame's people as JSON values; NaN becomes null."""
    return {
        "stamp_ns": result.stamp_ns,
        "people": [
            {
                "score": round(person.score, 4),
                "box": person.box,
                "pixels": _numbers(person.pixels, 2),
                "relative": _numbers(person.relative, 4),
                "confidence": _numbers(person.confidence, 3),
            }
            for person in result.people
        ],
    }


def _numbers(values: np.ndarray, digits: int) -> list:
    rounded = np.round(values.astype(np.float64), digits)
    return np.where(np.isfinite(rounded), rounded, None).tolist()
