# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm evaluate compare A.json B.json`: a regression gate for CI."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

PASSED, REGRESSED, UNUSABLE = 0, 1, 2
"""Exit codes; 2 is also what a wrong command line gives."""


def add_parser(kinds: argparse._SubParsersAction) -> None:
    """Register `thfm evaluate compare`."""
    parser = kinds.add_parser("compare", help="two evaluations of one recording; a gate for CI")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument(
        "--fail-over", metavar="SHARE", help="exit with 1 if a figure got worse by more, e.g. 2%%"
    )
    parser.add_argument(
        "--fail-over-latency", metavar="SHARE", help="the same for the median time per frame"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print what changed; 0 = nothing over the tolerance, 1 = something, 2 = cannot compare."""
    from thfm_ros.evaluation.report import compare

    try:
        tolerance = compare.parse_share(args.fail_over) if args.fail_over else float("inf")
        latency = args.fail_over_latency
        latency = None if latency is None else compare.parse_share(latency)
        before, after = compare.load(args.before), compare.load(args.after)
        compare.check_comparable(before, after)
    except (OSError, ValueError) as error:
        print(f"thfm evaluate compare: {error}", file=sys.stderr)
        return UNUSABLE
    found = compare.changes(before, after)
    gated = args.fail_over or args.fail_over_latency
    failed = compare.failures(found, tolerance, latency) if gated else []
    for change in found:
        print(_line(change, change in failed))
    if failed:
        names = ", ".join(change.name for change in failed)
        print(f"regression: {names}", file=sys.stderr)
        return REGRESSED
    return PASSED


def _line(change, failed: bool) -> str:
    values = "".join(
        f"{'missing' if v is None else format(v, '.4f'):>12}" for v in (change.before, change.after)
    )
    share = "" if change.worse is None else f"{abs(change.worse):8.1%}"
    word = "" if not change.worse else "worse" if change.worse > 0 else "better"
    return f"{'FAIL' if failed else '':5}{change.name:22}{values}{share} {word}"
