# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate bags`: a fleet's recordings, in parallel, resumable, one summary."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path

from thfm_ros.evaluation import bag_command


def add_parser(kinds: argparse._SubParsersAction) -> None:
    """Register `thfm evaluate bags`."""
    parser = kinds.add_parser("bags", help="many recordings, in parallel; goes on where it ended")
    parser.add_argument("bags", type=Path, nargs="+", help="bags, or folders of bags")
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    bag_command.add_options(parser)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--cluster", default="loky", help="loky (this machine), dask or ray")
    parser.set_defaults(func=_run)


def _run(args: argparse.Namespace) -> int:
    from thfm_ros.evaluation import fleet
    from thfm_ros.evaluation.report import document

    try:
        bags = fleet.find_bags(args.bags)
        key = {"config": _configuration(args), "versions": document.versions()}
        evaluate = functools.partial(_evaluate, args)
        outcomes = []
        for outcome in fleet.run_fleet(bags, args.out, key, evaluate, args.workers, args.cluster):
            outcomes.append(outcome)
            reason = f": {outcome['reason']}" if outcome["reason"] else ""
            print(f"{len(outcomes)}/{len(bags)} {outcome['name']} {outcome['status']}{reason}")
    except (OSError, ValueError, ImportError) as error:
        print(f"thfm evaluate bags: {error}", file=sys.stderr)
        return bag_command.FAILED
    summary = fleet.summarise(bags, args.out, outcomes)
    document.write(summary, args.out / "summary.json")
    for name, value in summary["metrics"].items():
        print(f"{name:22}{value:12.4f}")
    statuses = {outcome["status"] for outcome in outcomes}
    if statuses == {"failed"}:
        return bag_command.FAILED
    return bag_command.COMPLETE if statuses == {"complete"} else bag_command.PARTIAL


def _configuration(args: argparse.Namespace) -> dict:
    from thfm_ros.evaluation.replay.subjects import describe_engine

    config = bag_command.engine_config(args)
    described = describe_engine(config, untrained=False, title="")
    chosen = ("image", "reference", "overlap", "frames")
    return {**described, **{name: getattr(args, name) for name in chosen}}


def _evaluate(args: argparse.Namespace, bag: Path, json_path: Path, page_path: Path) -> None:
    """Evaluate one bag in a worker."""
    from thfm_ros.evaluation.report import document, page

    alone = argparse.Namespace(**{**vars(args), "bag": bag, "json": page_path.with_suffix(".json")})
    runs, source = bag_command.evaluate_bag(alone)
    report = document.clean(document.build(source, runs))
    document.write(report, json_path)
    bag_command.rows_path(alone).unlink(missing_ok=True)
    page.write(report, runs, page_path)
