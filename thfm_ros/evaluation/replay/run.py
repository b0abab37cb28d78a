# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One subject over one recording: its scores and its times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.replay.subjects import Subject
from thfm_ros.evaluation.scoring.scorer import Scorer
from thfm_ros.perception import InferenceTimes, Perception


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
        """Milliseconds that each answered frame took, as the subject counts them."""
        return self.subject.milliseconds(self.times)

    def latency(self) -> dict:
        """Return milliseconds by stage, in quantiles; {} where nobody measured."""
        return self.subject.latency(self.times)


Each = Callable[[Sample, "Perception | None", dict[str, float]], None]


def run(subject: Subject, samples: Iterable[Sample], each: Each = lambda *_: None) -> Run:
    """Score a subject on samples; `each` hears of every frame, with its row ({} = unanswered).

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
            each(sample, perception, {} if perception is None else result.scorer.rows[-1])
    except (Exception, KeyboardInterrupt) as error:
        if not result.scorer.rows:
            raise
        reason = str(error) or type(error).__name__
        result.failure = f"ended after {len(result.scorer.rows)} frames: {reason}"
    return result
