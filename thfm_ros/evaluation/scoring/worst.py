# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The frames that went worst, one for each of a few figures, kept to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.scoring.catalogue import HIGHER, METRICS
from thfm_ros.perception import Perception

WITH_TRUTH = ("mask_iou", "mpjpe_mm", "pck_0_1", "normals_mean_deg", "depth_absrel")
WITHOUT_TRUTH = ("landmarks_in_mask", "reprojection_percent", "mask_warp", "depth_warp")
_SHOWN = 6
_PERFECT = 1e-6


@dataclass(frozen=True)
class WorstFrame:
    """One frame to look at: which figure it is the worst of, and everything to draw it."""

    index: int
    metric: str
    value: float
    sample: Sample
    perception: Perception


class Worst:
    """Keeps the worst frame of each figure that is looked at."""

    def __init__(self) -> None:
        self._kept: dict[str, WorstFrame] = {}

    def offer(
        self, index: int, row: dict[str, float], sample: Sample, perception: Perception
    ) -> None:
        """Keep a frame where it is worse than all before."""
        for name in (*WITH_TRUTH, *WITHOUT_TRUTH):
            if name in row and not self._is_perfect(name, row) and self._is_worse(name, row[name]):
                self._kept[name] = WorstFrame(index, name, row[name], sample, perception)

    def frames(self) -> list[WorstFrame]:
        """Return the kept frames, those against ground truth first; none twice for one output."""
        chosen: dict[tuple[int, str], WorstFrame] = {}
        for name in (*WITH_TRUTH, *WITHOUT_TRUTH):
            if name in self._kept:
                frame = self._kept[name]
                chosen.setdefault((frame.index, METRICS[name].group), frame)
        return list(chosen.values())[:_SHOWN]

    @staticmethod
    def _is_perfect(name: str, row: dict[str, float]) -> bool:
        return abs(row[name] - (METRICS[name].better == HIGHER)) < _PERFECT

    def _is_worse(self, name: str, value: float) -> bool:
        if name not in self._kept:
            return True
        kept = self._kept[name].value
        return value < kept if METRICS[name].better == HIGHER else value > kept
