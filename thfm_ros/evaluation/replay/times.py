# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long perceiving took, in quantiles."""

from __future__ import annotations

import numpy as np

from thfm_ros.perception import InferenceTimes

STAGES = ("preprocess", "inference", "postprocess")


def stage_totals(times: list[InferenceTimes]) -> list[float]:
    """Return the milliseconds of each perception, all stages together, waiting not included."""
    return [sum(getattr(one, stage) for stage in STAGES) for one in times]


def stage_latency(times: list[InferenceTimes]) -> dict:
    """Return quantiles of each stage and of all, and results per second; {} if all are 0."""
    totals = stage_totals(times)
    if not any(totals):
        return {}
    stages = {name: [getattr(one, name) for one in times] for name in STAGES}
    return {
        **{f"{name}_ms": quantiles(values) for name, values in stages.items()},
        "total_ms": quantiles(totals),
        "results_per_second": round(1e3 / float(np.median(totals)), 3),
    }


def quantiles(values: list[float]) -> dict[str, float]:
    """Return p50, p95, p99, mean and maximum, to three decimals."""
    cuts = np.percentile(values, (50, 95, 99)).tolist()
    names = ("p50", "p95", "p99", "mean", "max")
    found = (*cuts, float(np.mean(values)), float(np.max(values)))
    return {name: round(value, 3) for name, value in zip(names, found, strict=True)}
