# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The command line of the generator: ``thfm synth assets|clips|sheet|bag|bench``."""

from __future__ import annotations

import argparse
import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path

from thfm_ros.synth.cast import LOOKS, choose_cast
from thfm_ros.synth.cluster import BACKENDS
from thfm_ros.synth.splits import SPLITS


def add_parser(subparsers) -> None:
    """Register ``synth`` and its commands with an argparse sub-parser collection."""
    synth = subparsers.add_parser(
        "synth", help="make synthetic people: assets, training clips, contact sheets, bags"
    )
    commands = synth.add_subparsers(dest="synth_command", required=True)
    _add_assets(commands)
    _add_clips(commands)
    _add_sheet(commands)
    _add_bag(commands)
    _add_bench(commands)


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size, write WIDTHxHEIGHT") from None
    return width, height


def _crowd(text: str) -> tuple[int, int]:
    fewest, _, most = text.partition("-")
    try:
        return int(fewest), int(most or fewest)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number or range like 2-4") from None


def _common(parser: argparse.ArgumentParser, frames: int) -> None:
    parser.add_argument("--assets", type=Path, help="asset pack (default: the user's cache)")
    parser.add_argument(
        "--motions",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="folder of BVH or DeepMimic clips to use as well; may be given more than once",
    )
    parser.add_argument("--split", choices=SPLITS, default="train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=_size, default=(256, 192), metavar="WxH")
    parser.add_argument("--frames", type=int, default=frames, help="frames a clip")
    parser.add_argument("--stride", type=int, default=1, help="camera steps between two frames")
    parser.add_argument(
        "--people", type=_crowd, metavar="N[-M]", help="people in a scene; default: mostly one"
    )
    parser.add_argument("--look", choices=LOOKS, default="people")


def _add_assets(commands) -> None:
    parser = commands.add_parser("assets", help="build the asset pack from installed packages")
    parser.add_argument("--assets", type=Path, help="where to (default: the user's cache)")
    parser.add_argument("--only", action="append", default=[], metavar="FILE")
    parser.add_argument(
        "--no-fetch", action="store_true", help="use installed Python packages only, no apt or npm"
    )
    parser.add_argument(
        "--makehuman",
        type=Path,
        metavar="DIR",
        help="a checkout of MakeHuman's assets: clothes, shoes, hats and hair for training clips",
    )
    parser.set_defaults(func=_run_assets)


def _add_clips(commands) -> None:
    parser = commands.add_parser("clips", help="write a data set of clips as WebDataset shards")
    _common(parser, frames=9)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True, help="clips in all")
    parser.add_argument(
        "--shard-size", type=int, default=64, help="clips in a file, a worker's job"
    )
    parser.add_argument("--workers", type=int, default=1, help="joblib jobs")
    parser.add_argument("--backend", choices=BACKENDS, default="loky", help="joblib backend")
    parser.set_defaults(func=_run_clips)


def _add_sheet(commands) -> None:
    parser = commands.add_parser("sheet", help="draw a contact sheet of all modalities")
    _common(parser, frames=1)
    parser.add_argument("--out", type=Path, required=True, help="a .png or .jpg file")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--framing", choices=("person", "full", "nobody"))
    parser.add_argument("--place", choices=("room", "corridor", "hall", "outdoors", "photo"))
    parser.add_argument("--columns", help="comma-separated modalities (default: all)")
    parser.add_argument("--across", type=int, default=1, help="clips side by side")
    parser.set_defaults(func=_run_sheet)


def _add_bag(commands) -> None:
    parser = commands.add_parser("bag", help="write a rosbag2 (MCAP) of one scene with its truth")
    _common(parser, frames=90)
    parser.add_argument("--out", type=Path, required=True, help="the bag's folder, must not exist")
    parser.add_argument("--framing", choices=("person", "full"), default="full")
    parser.add_argument("--place", choices=("room", "corridor", "hall", "outdoors", "photo"))
    parser.add_argument(
        "--stage", metavar="NAME", help="a rehearsed scene instead: crossing, leaving, crowd, ..."
    )
    parser.set_defaults(func=_run_bag)


def _add_bench(commands) -> None:
    parser = commands.add_parser("bench", help="measure the generator's speed")
    parser.add_argument("--assets", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clips", type=int, default=24, help="clips a worker and size")
    parser.add_argument("--out", type=Path, required=True, help="a .json file")
    parser.set_defaults(func=_run_bench)


def _reported(command: Callable) -> Callable:
    """Let a command end with one line and status 1 on what a user can put right."""

    @functools.wraps(command)
    def run(arguments) -> int:
        try:
            return command(arguments)
        except (ValueError, OSError, RuntimeError) as error:
            print(f"thfm synth: {error}", file=sys.stderr)
            return 1

    return run


def _pack(arguments) -> Path:
    from thfm_ros.synth.assets.build import default_pack

    return arguments.assets or default_pack()


def _settings(arguments):
    from thfm_ros.synth.clips import ClipSettings

    return ClipSettings(arguments.size, arguments.frames, arguments.stride, arguments.people)


@_reported
def _run_assets(arguments) -> int:
    from rich.console import Console

    from thfm_ros.synth.assets.build import build_pack

    console = Console()
    pack = _pack(arguments)
    manifest = build_pack(
        pack,
        tuple(arguments.only),
        not arguments.no_fetch,
        console.print,
        makehuman=arguments.makehuman,
    )
    console.print(f"asset pack in {pack}: {json.dumps(manifest['files'])}")
    return 0


@_reported
def _run_clips(arguments) -> int:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from thfm_ros.synth.cluster import backend
    from thfm_ros.synth.dataset import DatasetPlan, make_dataset

    plan = DatasetPlan(
        arguments.split,
        arguments.count,
        arguments.seed,
        _settings(arguments),
        _pack(arguments),
        tuple(arguments.motions),
        arguments.look,
        arguments.shard_size,
    )
    columns = TextColumn("clips"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with backend(arguments.backend), Progress(*columns) as progress:
        task = progress.add_task("clips", total=plan.count)
        made = make_dataset(
            plan,
            arguments.out,
            arguments.workers,
            lambda name, clips: progress.advance(task, clips),
            on_start=lambda done: progress.advance(task, done),
        )
    print(f"{made} clips made, {plan.count} in {arguments.out}")
    return 0


@_reported
def _run_sheet(arguments) -> int:
    import cv2
    from rich.progress import track

    from thfm_ros.synth.clips import make_clip
    from thfm_ros.synth.library import load_library
    from thfm_ros.synth.sheet import COLUMNS, contact_sheet

    library = load_library(_pack(arguments), arguments.split, tuple(arguments.motions))
    cast = choose_cast(arguments.look, _pack(arguments))
    clips = [
        make_clip(
            library,
            arguments.seed + k,
            _settings(arguments),
            arguments.framing,
            arguments.place,
            cast=cast,
        )
        for k in track(range(arguments.count), "clips")
    ]
    columns = tuple(arguments.columns.split(",")) if arguments.columns else COLUMNS
    sheet = contact_sheet(clips, columns, arguments.across)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    is_jpeg = arguments.out.suffix.lower() in (".jpg", ".jpeg")
    quality = [cv2.IMWRITE_JPEG_QUALITY, 80] if is_jpeg else []
    if not cv2.imwrite(str(arguments.out), sheet[..., ::-1], quality):
        raise OSError(f"{arguments.out} could not be written")
    print(f"{arguments.out}: {sheet.shape[1]}x{sheet.shape[0]} pixels")
    return 0


@_reported
def _run_bag(arguments) -> int:
    from rich.console import Console

    from thfm_ros.synth.bag import write_bag
    from thfm_ros.synth.clips import make_clip
    from thfm_ros.synth.library import load_library
    from thfm_ros.synth.stage import make_stage

    library = load_library(_pack(arguments), arguments.split, tuple(arguments.motions))
    with Console().status(f"rendering {arguments.out}"):
        if arguments.stage:
            clip = make_stage(library, arguments.stage, arguments.size, arguments.seed)
        else:
            clip = make_clip(
                library,
                arguments.seed,
                _settings(arguments),
                arguments.framing,
                arguments.place,
                cast=choose_cast(arguments.look, _pack(arguments)),
            )
    write_bag(arguments.out, clip)
    print(f"{arguments.out}: {len(clip.rgb)} frames of {clip.about['motions']}")
    return 0


@_reported
def _run_bench(arguments) -> int:
    from thfm_ros.synth.benchmark import measure_speed

    report = measure_speed(_pack(arguments), arguments.workers, arguments.clips)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["rows"], indent=1))
    return 0
