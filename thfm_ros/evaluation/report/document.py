# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The JSON document of an evaluation: everything that the page shows but its pictures."""

from __future__ import annotations

import json
import math
import platform
import sys
from pathlib import Path

import thfm_ros
from thfm_ros.evaluation.benchmark.machine import describe_machine
from thfm_ros.evaluation.replay.run import Run
from thfm_ros.versions import installed_version

SCHEMA = 1
COMPLETE, PARTIAL = "complete", "partial"
_PACKAGES = ("torch", "diffusers", "numpy", "opencv-python", "rosbags", "scipy")
_DIGITS = 6


def build(source: dict, runs: list[Run]) -> dict:
    """Return the document; the first run is ours, the others are peers on the same recording.

    source: what Recording.describe() says, or a data set's counterpart
    """
    ours, *peers = runs
    problems = [*source["problems"], *(run.failure for run in runs if run.failure)]
    return {
        "schema": SCHEMA,
        "status": PARTIAL if problems else COMPLETE,
        "problems": problems,
        "bag": source,
        **_part(ours),
        "peers": {run.subject.name: _part(run) for run in peers},
        "versions": versions(),
        "machine": describe_machine(),
        "command": " ".join(["thfm", *(_name(argument) for argument in sys.argv[1:])]),
    }


def brief(document: dict) -> dict:
    """Return the document without its rows per frame, to be kept in a repository."""
    short = dict(document)
    if "peers" in document:
        short["peers"] = {name: brief(peer) for name, peer in document["peers"].items()}
    short["frames"] = {name: document["frames"][name] for name in ("answered", "unanswered")}
    return short


def write(document: dict, path: Path) -> None:
    """Write a document as JSON; what is not finite becomes null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(clean(document), indent=1, allow_nan=False) + "\n")


def versions() -> dict[str, str]:
    """Return the versions of what the figures depend on."""
    found = {"thfm_ros": thfm_ros.__version__, "python": platform.python_version()}
    packages = {package: installed_version(package) for package in _PACKAGES}
    return found | {package: version for package, version in packages.items() if version}


def clean(value: object) -> object:
    """Return JSON values: six significant decimals, null for what is not finite, strings for rest.

    Tuples become lists.
    """
    if isinstance(value, dict):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _name(argument: str) -> str:
    """Return an argument as it may be shown to others: of an absolute path the last part only."""
    return Path(argument).name if argument.startswith(("/", "~")) else argument


def _part(run: Run) -> dict:
    scorer = run.scorer
    return {
        "subject": run.subject.name,
        "title": run.subject.title,
        "metrics": scorer.metrics(),
        "breakdowns": scorer.breakdowns(),
        "latency": run.latency(),
        "frames": {
            "answered": len(scorer.rows),
            "unanswered": run.unanswered,
            "stamp_ns": scorer.stamps,
            "total_ms": run.total_ms,
            "rows": _columns(scorer.rows),
        },
        "config": run.subject.describe(),
    }


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float | None]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}
