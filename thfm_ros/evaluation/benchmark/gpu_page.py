# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm bench gpu` on one page."""

from __future__ import annotations

_COLUMNS = {
    "p50 ms": lambda row: row["milliseconds"]["p50"],
    "p95 ms": lambda row: row["milliseconds"]["p95"],
    "TFLOP": lambda row: row.get("tflop"),
    "TFLOP/s": lambda row: row.get("tflop_per_s"),
    "of a product": lambda row: row.get("share_of_product"),
    "of a copy": lambda row: row.get("share_of_copy"),
    "GiB reserved": lambda row: row.get("peak_reserved_gib"),
    "ready s": lambda row: row.get("capture_s", row.get("first_s")),
    "host ms": lambda row: row.get("host_ms", {}).get("p50"),
}


def to_page(found: dict) -> str:
    """Return Markdown: the machine, what was measured, and why the rest was not."""
    machine, rates, rows = found["machine"], found["rates"], found["rows"]
    lines = [f"# {machine['gpu'] or machine['cpu']}", ""]
    if found["dry_run"]:
        lines += ["A dry run: tiny models on a CPU. It says nothing of a GPU.", ""]
    lines += [
        f"{found['what']}. A product of {rates['product']} reaches {rates['tflop_per_s']} TFLOP/s "
        f"here, a copy {rates['gb_per_s']} GB/s; shares are of these. PyTorch "
        f"{machine['versions']['torch']}.",
        "",
        "| | " + " | ".join(_COLUMNS) + " |",
        "|---|" + "---|" * len(_COLUMNS),
    ]
    for row in [row for row in rows if "milliseconds" in row]:
        cells = (_cell(read(row)) for read in _COLUMNS.values())
        lines.append(f"| {row['name']} | " + " | ".join(cells) + " |")
    waits = {row["host_waits"] for row in rows if "host_waits" in row}
    grown = [row for row in rows if "device_grew_mib" in row]
    lines += ["", f"Waits of the host: {', '.join(sorted(waits)) or 'not measured'}."]
    if grown:
        worst = max(row["device_grew_mib"] for row in grown)
        lines.append(f"Memory that {grown[0]['replays']} replays left behind: {worst} MiB at most.")
    failed = [f"* {row['name']}: {row['error']}" for row in rows if "error" in row]
    lines += ["", "Failed:", "", *failed] if failed else []
    skipped = sum("skipped" in row for row in rows)
    lines += ["", f"{skipped} rows were left out for want of time."] if skipped else []
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return "" if value is None else str(value)
