# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of an evaluation: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path

import jinja2
import numpy as np

from thfm_ros.evaluation.replay.run import Run
from thfm_ros.evaluation.report import plots
from thfm_ros.evaluation.report.pictures import data_uri, picture
from thfm_ros.evaluation.scoring.catalogue import GROUPS, HIGHER, LOWER, METRICS

HEADLINES = (
    "mask_iou",
    "normals_mean_deg",
    "depth_absrel",
    "dense_pose_error",
    "pck_0_1",
    "mpjpe_mm",
    "people_f1",
    "reprojection_percent",
    "landmarks_in_mask",
    "mask_warp",
)
_MOST_HEADLINES = 6
PLOTTED = (
    "mask_iou",
    "normals_mean_deg",
    "depth_absrel",
    "dense_pose_error",
    "pck_0_1",
    "mpjpe_mm",
    "mask_warp",
    "depth_warp",
    "normals_warp_deg",
    "reprojection_percent",
    "landmarks_in_mask",
    "depth_normal_deg",
    "people_per_frame",
)
TITLES = {
    "mask": "Mask",
    "normals": "Normals",
    "depth": "Depth",
    "dense_pose": "Dense pose",
    "people": "People",
    "skeleton2d": "2D skeleton",
    "skeleton3d": "3D skeleton",
    "consistency": "Consistency without ground truth",
}
_ARROWS = {LOWER: "↓", HIGHER: "↑", "": ""}


def write(report: dict, runs: list[Run], path: Path) -> None:
    """Write the page of a document, with pictures of the frames that went worst."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The page says that it is UTF-8, whatever this machine's locale; names of files may be neither.
    path.write_text(render(report, runs), encoding="utf-8", errors="backslashreplace")


def render(report: dict, runs: list[Run]) -> str:
    """Return the page as HTML."""
    columns = [report, *report["peers"].values()]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
    )
    environment.filters["figure"] = figure
    return environment.get_template("page.html.j2").render(
        report=report,
        columns=columns,
        headlines=_headlines(report),
        groups=_groups(columns),
        latency=_latency(columns),
        plots=_plots(columns),
        worst=_worst(runs[0]) if runs else [],
    )


def figure(value: float | None) -> str:
    """Write a number with four significant digits; nothing for None."""
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def _headlines(report: dict) -> list[tuple]:
    known = [name for name in HEADLINES if report["metrics"].get(name) is not None]
    cards = [
        (
            METRICS[name].title,
            TITLES[METRICS[name].group],
            report["metrics"][name],
            METRICS[name].unit,
        )
        for name in known[:_MOST_HEADLINES]
    ]
    total = report["latency"].get("total_ms")
    return [*cards, ("per frame, median", "Time", total["p50"], "ms")] if total else cards


def _groups(columns: list[dict]) -> list[tuple]:
    """Return (title, rows) for groups in which anybody has a figure."""
    tables = []
    for group in GROUPS:
        rows = []
        for name, metric in METRICS.items():
            values = [column["metrics"].get(name) for column in columns]
            if metric.group == group and any(value is not None for value in values):
                rows.append((metric, _ARROWS[metric.better], values, _best(metric, values)))
        if rows:
            tables.append((TITLES[group], rows))
    return tables


def _best(metric, values: list[float | None]) -> int | None:
    """Return which column is ahead, None where nobody is or there is only one."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or len(set(known)) == 1 or not metric.better:
        return None
    return values.index(min(known) if metric.better == LOWER else max(known))


def _latency(columns: list[dict]) -> list[tuple]:
    """Return (name, stages, histogram, rest) of everybody who was timed.

    A stage that never took any time was not measured: peers report their total only.
    """
    found = []
    for column in columns:
        latency = column["latency"]
        if not latency:
            continue
        stages = {
            name.removesuffix("_ms"): value
            for name, value in latency.items()
            if isinstance(value, dict) and value["max"] > 0
        }
        total = latency.get("total_ms") or latency.get("latency_ms")
        values = column["frames"].get("total_ms") or []
        marks = {name: total[name] for name in ("p50", "p95")} if total else {}
        shown = plots.histogram(values, marks) if values and marks else ""
        rest = {n: v for n, v in latency.items() if not isinstance(v, dict)}
        found.append((column["subject"], stages, shown, rest))
    return found


def _plots(columns: list[dict]) -> list[tuple]:
    start = min((c["frames"]["stamp_ns"][0] for c in columns if c["frames"]["stamp_ns"]), default=0)
    found = []
    for name in PLOTTED:
        series = []
        for column in columns:
            values = column["frames"]["rows"].get(name)
            if values:
                x = (np.array(column["frames"]["stamp_ns"]) - start) * 1e-9
                y = np.array([np.nan if value is None else value for value in values])
                series.append(plots.Series(column["subject"], x, y))
        drawn = plots.lines(series) if series else ""
        if drawn:
            names = [s.name for s in series] if len(columns) > 1 else []
            found.append((METRICS[name], drawn, names))
    return found


def _worst(run: Run) -> list[tuple]:
    start = run.scorer.stamps[0] if run.scorer.stamps else 0
    found = []
    for frame in run.scorer.worst.frames():
        seconds = (frame.sample.frame.stamp_ns - start) * 1e-9
        found.append((METRICS[frame.metric], frame, seconds, data_uri(picture(frame))))
    return found
