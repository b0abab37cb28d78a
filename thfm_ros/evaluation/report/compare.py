# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two evaluations of one recording: which figures got worse, and by how much."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from thfm_ros.evaluation.scoring.catalogue import LOWER, METRICS

SMALLEST = 1e-4
"""Figures closer to 0 than this are compared as if they were this large."""
_LATENCY = "total_ms_p50"


@dataclass(frozen=True)
class Change:
    """One figure before and after; None = that evaluation lacks it.

    worse: by which share of `before` it got worse; negative = better, None = cannot be said
    """

    name: str
    before: float | None
    after: float | None
    worse: float | None

    def fails(self, tolerance: float) -> bool:
        """Whether it got worse by more than the tolerance, or vanished."""
        if self.after is None:
            return True
        return self.worse is not None and self.worse > tolerance


def load(path: Path) -> dict:
    """Read a document of `thfm evaluate bag --json`; ValueError when it is none."""
    if not Path(path).exists():
        raise ValueError(f"{path} does not exist")
    try:
        document = json.loads(Path(path).read_text())
        document["metrics"], document["bag"]["sha256"], document["latency"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no evaluation document: {error!r}") from error
    return document


def parse_share(text: str) -> float:
    """Read "2%" or "0.02" as 0.02; ValueError for anything else, and below 0."""
    number = text.removesuffix("%")
    try:
        share = float(number) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share < float("inf"):
        raise ValueError(f"tolerance is {text!r}, allowed is a share such as 2% or 0.02")
    return share


def check_comparable(before: dict, after: dict) -> None:
    """Raise ValueError unless both are complete evaluations of the same recording."""
    bags = [document["bag"] for document in (before, after)]
    if bags[0]["sha256"] != bags[1]["sha256"]:
        raise ValueError(
            f"the recordings differ: {bags[0]['name']} {bags[0]['sha256'][:12]}, "
            f"{bags[1]['name']} {bags[1]['sha256'][:12]}"
        )
    for document in (before, after):
        if document.get("status") != "complete":
            raise ValueError(f"one evaluation is only partial: {document.get('problems')}")


def changes(before: dict, after: dict) -> list[Change]:
    """Return every figure with a direction that `before` or `after` has, latency last."""
    found = []
    for name, metric in METRICS.items():
        if metric.better:
            pair = before["metrics"].get(name), after["metrics"].get(name)
            if pair != (None, None):
                found.append(_change(name, *pair, lower_is_better=metric.better == LOWER))
    pair = tuple((d["latency"].get("total_ms") or {}).get("p50") for d in (before, after))
    if None not in pair:
        found.append(_change(_LATENCY, *pair, lower_is_better=True))
    return found


def failures(
    found: list[Change], tolerance: float, latency_tolerance: float | None
) -> list[Change]:
    """Return what fails the gate; latency only counts with a tolerance of its own."""
    failed = [c for c in found if c.name != _LATENCY and c.fails(tolerance)]
    if latency_tolerance is not None:
        failed += [c for c in found if c.name == _LATENCY and c.fails(latency_tolerance)]
    return failed


def _change(name: str, before: float | None, after: float | None, lower_is_better: bool) -> Change:
    worse = None
    if before is not None and after is not None:
        difference = after - before if lower_is_better else before - after
        worse = difference / max(abs(before), SMALLEST)
    return Change(name, before, after, worse)
