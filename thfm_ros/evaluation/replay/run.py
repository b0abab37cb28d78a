# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One subject over one recording: its scores and its times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.replay.subjects import Subject
from thfm_ros.evaluation.scoring.scorer import Scorer
from thfm_ros.runtime.perception import InferenceTimes

STAGES = ("preprocess", "inference", "postprocess")


@dataclass
class Run:
    """What came of it.

    unanswered: frames for which no inference was due (stride) or no result came (live)
    failure:    why it ended before the recording did; "" = it did not
    """

    subject: Subject
    scorer: Scorer
    times: list[InferenceTimes] = field(default_factory=list)
    unanswered: int = 0
    failure: str = ""

    @property
    def total_ms(self) -> list[float]:
        """Milliseconds of each perception, all stages together."""
        return [sum(getattr(times, stage) for stage in STAGES) for times in self.times]

    def latency(self) -> dict:
        """Return milliseconds by stage, in quantiles; {} where nobody measured."""
        totals = self.total_ms
        if not any(totals):
            return {}
        stages = {name: [getattr(times, name) for times in self.times] for name in STAGES}
        return {
            **{f"{name}_ms": quantiles(values) for name, values in stages.items()},
            "total_ms": quantiles(totals),
            "results_per_second": round(1e3 / float(np.median(totals)), 3),
        }


def run(
    subject: Subject, samples: Iterable[Sample], each: Callable[[], None] = lambda: None
) -> Run:
    """Score a subject on samples; `each` is called after every frame.

    What fails on the way ends the run, and what was scored before is kept: see Run.failure. Before
    the first frame it is raised.
    """
    result = Run(subject, Scorer(subject.ratio))
    try:
        for sample, perception, seam in subject.answers(samples):
            if perception is None:
                result.unanswered += 1
            else:
                result.scorer.add(sample, perception, seam)
                result.times.append(perception.times)
            each()
    except (Exception, KeyboardInterrupt) as error:
        if not result.scorer.rows:
            raise
        reason = str(error) or type(error).__name__
        result.failure = f"ended after {len(result.scorer.rows)} frames: {reason}"
    return result


def quantiles(values: list[float]) -> dict[str, float]:
    """Return p50, p95, p99, mean and maximum, rounded to microseconds where in milliseconds."""
    cuts = np.percentile(values, (50, 95, 99)).tolist()
    names = ("p50", "p95", "p99", "mean", "max")
    found = (*cuts, float(np.mean(values)), float(np.max(values)))
    return {name: round(value, 3) for name, value in zip(names, found, strict=True)}
