# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps what diagnostics need to know between two of them."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from thfm_ros.nodes.diagnostics import UNWANTED, InputHealth, ModelHealth, SceneHealth
from thfm_ros.nodes.pulse import Pulse, Trouble
from thfm_ros.perception import MetricDepth, Perception
from thfm_ros.runtime.stream.intake import Intake

if TYPE_CHECKING:
    from thfm_ros.nodes.image_input import ImageInput
    from thfm_ros.runtime.engine import Engine

REFUSALS = ("malformed", "late", "duplicate stamp", "without stamp")
"""Of what an intake counts, what is wrong with the images themselves."""


class HealthRecord:
    """Counts results and errors; the stream's threads write, the diagnostics timer reads."""

    def __init__(self) -> None:
        self.results = 0
        self.last_error = ""
        self._newest: Perception | None = None
        self._age_s = math.nan
        self._seen_results = 0
        self._seen_failures = 0
        self._seen_lost = 0
        self._not_finite = 0
        self._seen_not_finite = 0
        self._seen_at = time.perf_counter()
        self._result_at = -math.inf
        self._wanted_at = math.nan
        self._seen_refused = 0
        self._seen_pauses = 0

    def note_wanted(self, wanted: bool) -> None:
        """Note whether somebody subscribes results."""
        if not wanted:
            self._wanted_at = math.nan
        elif math.isnan(self._wanted_at):
            self._wanted_at = time.perf_counter()

    def pulse(self, camera: ImageInput) -> Pulse:
        """Return when images came and were answered."""
        now = time.perf_counter()
        result, wanted = now - self._result_at, now - self._wanted_at
        return replace(camera.pulse(), result=result, wanted=wanted)

    def note_result(self, perception: Perception, age_s: float) -> None:
        """Note a published result and its age in seconds."""
        self.results += 1
        self._not_finite += perception.not_finite
        self._newest, self._result_at = perception, time.perf_counter()
        self._age_s = age_s

    def camera(self, camera: ImageInput, intake: Intake, trouble: Trouble) -> InputHealth:
        """Return the camera's side since the last call."""
        cadence, dropped = camera.cadence, intake.dropped
        refused = sum(dropped.get(reason, 0) for reason in REFUSALS)
        new_lost = _increase(self._seen_lost, cadence.lost)
        new_refused = _increase(self._seen_refused, refused)
        new_pauses = _increase(self._seen_pauses, cadence.pauses)
        self._seen_lost, self._seen_refused = cadence.lost, refused
        self._seen_pauses = cadence.pauses
        return InputHealth(
            topic=camera.topic,
            pulse=self.pulse(camera),
            trouble=trouble,
            rate_hz=cadence.rate_hz,
            received=intake.received,
            lost=cadence.lost,
            new_lost=new_lost,
            new_refused=new_refused,
            pauses=cadence.pauses,
            new_pause=cadence.last_pause if new_pauses else "",
            dropped=dropped,
            resets=intake.resets,
            info_topic=camera.info_topic,
            info_problem=camera.info_problem,
            silence=camera.why_silent() if trouble == Trouble.SILENT else "",
            picture_problem=camera.picture_problem,
            ahead_s=camera.ahead_s,
            rotation=camera.upright.state if camera.upright else "",
            rotation_problem=camera.upright.problem if camera.upright else "",
        )

    def model(self, engine: Engine, intake: Intake | None, stalled_s: float = 0.0) -> ModelHealth:
        """Return the model's side since the last call; stalled_s: as of `ModelHealth`."""
        now = time.perf_counter()
        rate = (self.results - self._seen_results) / max(now - self._seen_at, 1e-6)
        failures = 0 if intake is None else intake.dropped.get("failed", 0)
        new_failures = _increase(self._seen_failures, failures)
        self._seen_failures = failures
        self._seen_results, self._seen_at = self.results, now
        return ModelHealth(
            description=engine.description,
            untrained=engine.untrained,
            device=engine.backend.device,
            results=self.results,
            rate_hz=rate,
            age_s=self._age_s,
            inference_ms=self._newest.times.inference if self._newest else math.nan,
            new_failures=new_failures,
            last_error=self.last_error,
            stalled_s=stalled_s,
            wanted=not math.isnan(self._wanted_at),
            backend=engine.backend.state,
            slow=engine.backend.problem,
        )

    def scene(self, trouble: Trouble = Trouble.NONE) -> SceneHealth | None:
        """Return what was seen last; None before the first result."""
        newest = self._newest
        if newest is None:
            return None
        outdated = trouble.value if trouble != Trouble.NONE else ""
        if not outdated and math.isnan(self._wanted_at):
            outdated = UNWANTED
        present = [p for p in newest.people if p.present]
        new = _increase(self._seen_not_finite, self._not_finite)
        self._seen_not_finite = self._not_finite
        withheld = ""
        if present and newest.metric is not None and newest.depth is None:
            withheld = _why_withheld(newest)
        return SceneHealth(
            people=len(present),
            ids=" ".join(person.id for person in present),
            metric=_metric_text(newest.metric),
            new_not_finite=new,
            not_finite=self._not_finite,
            withheld=withheld,
            ago_s=time.perf_counter() - self._result_at,
            outdated=outdated,
        )


def _why_withheld(perception: Perception) -> str:
    if not any(person.metric is not None for person in perception.people):
        return "nobody's place in metres is known (camera_info?)"
    metric = perception.metric
    if metric.anchors and metric.residual == metric.residual:
        return f"the fit is off by {metric.residual:.2f} m on {metric.anchors} anchors"
    return f"only {metric.anchors} anchors"


def _metric_text(metric: MetricDepth | None) -> str:
    if metric is None:
        return "not asked for"
    if metric.source == "none":
        return "unknown"
    return (
        f"{metric.scale:.3f} x depth + {metric.shift:.3f} m, residual {metric.residual:.3f} m, "
        f"{metric.anchors} anchors, by {metric.source}"
    )


def _increase(before: int, now: int) -> int:
    """Return what a counter gained; activating the node anew sets counters back to 0."""
    return now - before if now >= before else now
