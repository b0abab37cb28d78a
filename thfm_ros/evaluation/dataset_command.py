# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate dataset`: the data sets of the papers, from a local folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from thfm_ros.evaluation import bag_command


def add_parser(kinds: argparse._SubParsersAction) -> None:
    """Register `thfm evaluate dataset`."""
    parser = kinds.add_parser("dataset", help="Hi4D, EMDB, RICH, Human3.6M, ... from a folder")
    parser.add_argument("name", help="a name of docs/evaluation.md, such as emdb1")
    parser.add_argument("root", type=Path, help="the data set's folder as it was downloaded")
    parser.add_argument("--body-models", type=Path, help="folder of SMPL or SMPL-X model files")
    parser.add_argument("--backgrounds", type=Path, help="images to put behind PhotoMatte85")
    bag_command.add_options(parser)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--html", type=Path, help="write the page here")
    parser.set_defaults(func=_run)


def _run(args: argparse.Namespace) -> int:
    from thfm_ros.evaluation.report import document, page

    try:
        report, runs = evaluate_dataset(args)
    except (OSError, ValueError) as error:
        print(f"thfm evaluate dataset: {error}", file=sys.stderr)
        return bag_command.FAILED
    if args.json:
        document.write(report, args.json)
    if args.html:
        page.write(report, runs, args.html)
    bag_command.print_table(report)
    complete = report["status"] == document.COMPLETE
    return bag_command.COMPLETE if complete else bag_command.PARTIAL


def evaluate_dataset(args: argparse.Namespace) -> tuple[dict, list]:
    """Score the engine on a data set; return the document and the run."""
    from itertools import islice

    from rich.progress import track

    from thfm_ros.evaluation.datasets.registry import DATA_SETS
    from thfm_ros.evaluation.replay.run import run
    from thfm_ros.evaluation.replay.subjects import EngineSubject
    from thfm_ros.evaluation.report import document

    if args.name not in DATA_SETS:
        raise ValueError(f"data set is {args.name!r}, allowed is one of {', '.join(DATA_SETS)}")
    data_set = DATA_SETS[args.name]
    samples = data_set.read(
        args.root, {"body_models": args.body_models, "backgrounds": args.backgrounds}
    )
    subject = EngineSubject(bag_command.engine_config(args))
    try:
        result = run(subject, track(islice(samples, args.frames), args.name))
    finally:
        subject.close()
    frames = len(result.scorer.rows) + result.unanswered
    source = {
        "name": args.name,
        "split": data_set.split,
        "protocol": data_set.protocol,
        "references": {},
        "frames": frames,
        "expected_frames": frames,
        "duration_s": 0.0,
        "rate_hz": result.scorer.rate_hz,
        "sha256": "",
        "problems": [f"only the first {args.frames} frames"] if args.frames else [],
    }
    return document.clean(document.build(source, [result])), [result]
