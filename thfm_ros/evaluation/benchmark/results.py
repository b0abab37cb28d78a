# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What every `thfm bench` writes, on a CPU and on a GPU, and the comparison of two of them.

A document: {"schema", "what", "machine", "rows", ...}; a row: {"name", "milliseconds" or other
figures, ...}. Rows of one name mean the same in every document. "skipped" or "error" say why a row
has no figures.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from thfm_ros.evaluation.benchmark.machine import describe_machine

SCHEMA = "thfm bench 1"
_SAME_MACHINE = ("cpu", "gpu", "cores", "threads")

Document = dict[str, Any]


def document(what: str, rows: list[dict], **more: object) -> Document:
    """Return a document of rows, with the machine that they were measured on."""
    return {"schema": SCHEMA, "what": what, "machine": describe_machine(), "rows": rows, **more}


def write(path: Path | None, found: Document) -> None:
    """Write a document; whoever is killed meanwhile leaves the one before, whole."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(found, indent=2) + "\n")
    os.replace(beside, path)


def read(path: Path) -> Document:
    """Read a document; ValueError names the file and what is wrong."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema != SCHEMA:
        raise ValueError(f"{path} has schema {schema!r}, allowed is {SCHEMA!r}: measure it again")
    return found


def compare(before: Document, after: Document) -> str:
    """Return lines: every row that both have, their medians in ms, and after / before."""
    lines = []
    for key in _SAME_MACHINE:
        old, new = (found["machine"].get(key) for found in (before, after))
        if old != new:
            lines.append(f"not the same machine: {key} was {old}, is {new}")
    olds, news = ({r["name"]: _median(r) for r in found["rows"]} for found in (before, after))
    for name in [name for name in olds if name in news]:
        old, new = olds[name], news[name]
        if old and new:
            lines.append(f"{name:60s} {old:9.2f} ms {new:9.2f} ms   x {new / old:.3f}")
    for title, left, right in (("before", olds, news), ("after", news, olds)):
        alone = [name for name in left if name not in right]
        if alone:
            lines.append(f"only {title}: {', '.join(alone)}")
    return "\n".join(lines)


def _median(row: dict) -> float | None:
    return row.get("milliseconds", {}).get("p50")
