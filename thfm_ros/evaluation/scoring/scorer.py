# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One pass over a recording: a row of figures per frame, and one table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from thfm_ros.evaluation.metrics import mattes, people, temporal
from thfm_ros.evaluation.replay.recording import Sample, rate_of
from thfm_ros.evaluation.scoring import bodies, dense
from thfm_ros.evaluation.scoring.breakdown import breakdowns
from thfm_ros.evaluation.scoring.catalogue import METRICS
from thfm_ros.evaluation.scoring.consistency import Tracks, agreement_row, change_row
from thfm_ros.evaluation.scoring.worst import Worst
from thfm_ros.perception import Perception

Ratio = Callable[[Perception], "np.ndarray | None"]
_SEAMS = {
    "seam_ratio_mask": "mask_warp",
    "seam_ratio_depth": "depth_warp",
    "seam_ratio_normals": "normals_warp_deg",
}


class Scorer:
    """Takes frames in order; memory grows by a few kilobytes per frame and person.

    ratio: depth up to an unknown scale of a perception, float [H, W], or None where it has none
    """

    def __init__(self, ratio: Ratio) -> None:
        self._ratio = ratio
        self.rows: list[dict[str, float]] = []
        self.stamps: list[int] = []
        self.worst = Worst()
        self._observations: list[bodies.Observation] = []
        self._matches: list[list[tuple[str, str]]] = []
        self._surplus = 0
        self._video_depth = dense.VideoDepth()
        self._tracks = Tracks()
        self._seams: list[bool] = []
        self._restarts = 0
        self._before: tuple[Sample, Perception, np.ndarray | None] | None = None

    def add(self, sample: Sample, perception: Perception, seam: bool | None = None) -> None:
        """Score one frame. seam: a new window begins with it; None = as perception.window says.

        Whoever is hidden or gone by the perception's own word is neither found nor false.
        """
        perception = replace(perception, people=tuple(p for p in perception.people if p.seen))
        ratio = self._ratio(perception)
        truth = sample.truth
        row = {
            **dense.mask_row(perception, truth),
            **dense.normals_row(perception, truth),
            **dense.dense_pose_row(perception, truth),
            **dense.depth_row(ratio, perception.depth, truth),
            **self._people_row(perception, sample),
            **agreement_row(sample.frame, perception, ratio),
            **self._change_row(sample, perception, ratio),
        }
        self._video_depth.add(ratio, truth)
        self._restarts += bool(sample.reset)
        # Two more per restart: no track runs on from the stream before.
        self._tracks.add(len(self.rows) + 2 * self._restarts, perception)
        self._seams.append(self._is_seam(perception) if seam is None else seam)
        row = {name: float(value) for name, value in row.items() if np.isfinite(value)}
        self.rows.append(row)
        self.stamps.append(sample.frame.stamp_ns)
        self.worst.offer(len(self.rows) - 1, row, sample, perception)
        self._before = sample, perception, ratio

    def metrics(self) -> dict[str, float]:
        """Return the table, in the catalogue's order; what is not defined is left out."""
        table = _means(self.rows, METRICS)
        table.update(self._video_depth.metrics())
        table.update(self._tracks.metrics(self.rate_hz))
        table.update(self._people_metrics())
        table.update(self._seam_metrics())
        return {n: table[n] for n in METRICS if n in table and np.isfinite(table[n])}

    def breakdowns(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return the people's errors by person, distance, occlusion and landmark."""
        return breakdowns(self._observations)

    @property
    def rate_hz(self) -> float:
        """Frames per second, from the median gap of stamps."""
        return rate_of(self.stamps)

    def _people_row(self, perception: Perception, sample: Sample) -> dict[str, float]:
        if sample.truth.people is None:
            return {}
        observations, surplus = bodies.observe(len(self.rows), perception.people, sample.truth)
        self._observations += observations
        self._surplus += surplus
        self._matches.append([(o.id, o.predicted_id) for o in observations if o.found])
        row = bodies.summarise(observations)
        del row["people"]
        return row

    def _people_metrics(self) -> dict[str, float]:
        if not self._matches:
            return {}
        seen = [o for o in self._observations if o.counts]
        matched = sum(o.found for o in seen)
        found = people.detection(matched, matched + self._surplus, len(seen))
        tracked = any(predicted for frame in self._matches for _, predicted in frame)
        return {
            **bodies.summarise(self._observations),
            **{f"people_{name}": value for name, value in found.items()},
            "id_switches": people.id_switches(self._matches) if tracked else float("nan"),
            "accel_m_s2": bodies.acceleration(self._observations, self.rate_hz),
        }

    def _change_row(
        self, sample: Sample, perception: Perception, ratio: np.ndarray | None
    ) -> dict[str, float]:
        if self._before is None or sample.reset:
            return {}
        before, old, old_ratio = self._before
        if before.frame.size != sample.frame.size:
            return {}
        flow = temporal.Flow(before.frame.image, sample.frame.image)
        row = change_row(flow, (old, old_ratio), (perception, ratio))
        masks = (old.mask, perception.mask, before.truth.mask, sample.truth.mask)
        if all(mask is not None for mask in masks):
            row["mask_dtssd"] = mattes.dtssd(np.stack(masks[:2]), np.stack(masks[2:]))
        return row

    def _is_seam(self, perception: Perception) -> bool:
        return self._before is not None and self._before[1].window != perception.window

    def _seam_metrics(self) -> dict[str, float]:
        seams = np.array(self._seams, bool)
        changes = {
            name: np.array([row.get(source, np.nan) for row in self.rows])
            for name, source in _SEAMS.items()
        }
        return {name: temporal.seam_ratio(values, seams) for name, values in changes.items()}


def _means(rows: Sequence[dict[str, float]], names: Iterable[str]) -> dict[str, float]:
    values = {name: [row[name] for row in rows if name in row] for name in names}
    return {name: float(np.mean(found)) for name, found in values.items() if found}
