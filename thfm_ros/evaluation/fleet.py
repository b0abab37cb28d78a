# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Many recordings: each evaluated once, wherever joblib's workers are, and one summary."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from thfm_ros.evaluation.report import document
from thfm_ros.evaluation.scoring.catalogue import METRICS
from thfm_ros.media.bags import is_bag
from thfm_ros.synth import cluster

Evaluate = Callable[[Path, Path, Path], None]
"""(recording, JSON to write, page to write); raises where nothing can be evaluated."""


def find_bags(paths: list[Path]) -> list[Path]:
    """Return the bags among paths and in folders among them, sorted; ValueError if there is none.

    Bags of one name in different places would overwrite each other's results: ValueError, too.
    """
    bags = []
    for path in paths:
        is_folder = path.is_dir() and not is_bag(path)
        bags += [p for p in sorted(path.iterdir()) if is_bag(p)] if is_folder else [path]
    if not bags:
        raise ValueError("no recordings were named")
    names = [bag.stem for bag in bags]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"several recordings are called {', '.join(twice)}; rename all but one")
    return bags


def run_fleet(
    bags: list[Path], out: Path, key: dict, evaluate: Evaluate, workers: int, backend: str
) -> Iterator[dict]:
    """Evaluate what has no result yet; yield {"name", "status", "reason"} as results come.

    key: what the results depend on (options, weights, code); results under another key are made
    anew. A recording that fails is reported and does not stop the others.
    """
    out.mkdir(parents=True, exist_ok=True)
    due = []
    for bag in bags:
        kept = _kept(out / f"{bag.stem}.json", key, bag)
        if kept is not None:
            yield {"name": bag.stem, "status": kept["status"], "reason": "kept"}
        else:
            due.append(bag)
    with cluster.backend(backend):
        calls = [(bag, out, key, evaluate) for bag in due]
        yield from cluster.run_all(evaluate_one, calls, workers)


def evaluate_one(bag: Path, out: Path, key: dict, evaluate: Evaluate) -> dict:
    """Evaluate one recording; the result appears under its name only when it is whole."""
    final = out / f"{bag.stem}.json"
    unfinished = out / f".{bag.stem}.{os.getpid()}.json"
    try:
        evaluate(bag, unfinished, out / f"{bag.stem}.html")
        report = json.loads(unfinished.read_text())
        report["fleet"] = _identity(key, bag)
        unfinished.write_text(json.dumps(report, indent=1) + "\n")
        unfinished.replace(final)
    except Exception as error:
        unfinished.unlink(missing_ok=True)
        reason = str(error) or type(error).__name__
        return {"name": bag.stem, "status": "failed", "reason": reason}
    return {"name": bag.stem, "status": report["status"], "reason": "; ".join(report["problems"])}


def summarise(bags: list[Path], out: Path, outcomes: list[dict]) -> dict:
    """Return the table: each recording's figures, and their mean weighted by scored frames."""
    reports = {
        outcome["name"]: json.loads((out / f"{outcome['name']}.json").read_text())
        for outcome in outcomes
        if outcome["status"] != "failed"
    }
    means = {}
    for name in METRICS:
        known = [
            (r["metrics"][name], r["frames"]["answered"])
            for r in reports.values()
            if r["metrics"].get(name) is not None
        ]
        if known:
            values, weights = zip(*known, strict=True)
            means[name] = float(np.average(values, weights=weights))
    return {
        "schema": document.SCHEMA,
        "bags": len(bags),
        "frames": sum(report["frames"]["answered"] for report in reports.values()),
        "outcomes": sorted(outcomes, key=lambda outcome: outcome["name"]),
        "metrics": means,
        "metrics_by_bag": {name: r["metrics"] for name, r in sorted(reports.items())},
        "versions": document.versions(),
    }


def _identity(key: dict, bag: Path) -> dict:
    """Return what a result belongs to: options and the recording's size and time of change."""
    files = [bag] if bag.is_file() else sorted(path for path in bag.iterdir() if path.is_file())
    state = [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    return {"key": document.clean(key), "files": state}


def _kept(path: Path, key: dict, bag: Path) -> dict | None:
    try:
        report = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError):
        return None
    wanted = json.loads(json.dumps(_identity(key, bag))) if bag.exists() else None
    return report if report.get("fleet") == wanted else None
