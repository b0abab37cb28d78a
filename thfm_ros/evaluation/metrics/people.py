# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is who: predicted people assigned to true ones, and what detection is worth."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

GATE = 0.5
"""A pair farther apart than this share of the true person's box is no match."""


def distance(predicted: np.ndarray, truth: np.ndarray, valid: np.ndarray, size: float) -> float:
    """Mean distance of the valid landmarks [K, 2] that were predicted, in units of `size` pixels.

    Infinite where there is no such landmark.
    """
    both = valid.astype(bool) & np.isfinite(predicted).all(-1)
    if not both.any():
        return float("inf")
    return float(np.linalg.norm(predicted[both] - truth[both], axis=-1).mean() / max(size, 1e-9))


def assign(cost: np.ndarray, gate: float = GATE) -> list[tuple[int, int]]:
    """Match rows (predicted) to columns (true) at the least total cost; nobody beyond the gate.

    The Hungarian method, as in CLEAR MOT (Bernardin & Stiefelhagen 2008): first as many pairs
    within the gate as possible, then the cheapest.
    """
    if not cost.size:
        return []
    allowed = cost <= gate
    forbidden = 1 + gate * (1 + min(cost.shape))
    rows, columns = linear_sum_assignment(np.where(allowed, cost, forbidden))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column) for row, column in pairs if allowed[row, column]]


def detection(matched: int, predicted: int, true: int) -> dict[str, float]:
    """Precision, recall and F1 of people, from counts over all frames; NaN where undefined."""
    precision = matched / predicted if predicted else float("nan")
    recall = matched / true if true else float("nan")
    f1 = 2 * matched / (predicted + true) if predicted + true else float("nan")
    return {"precision": precision, "recall": recall, "f1": f1}


def id_switches(matches: Iterable[Sequence[tuple[Hashable, Hashable]]]) -> int:
    """How often a true person's predicted id differs from its last known one (CLEAR MOT).

    matches: per frame, (true id, predicted id) pairs; a predicted id "" is untracked and ignored
    """
    known: dict[Hashable, Hashable] = {}
    switches = 0
    for frame in matches:
        for true, predicted in frame:
            if predicted != "":
                switches += true in known and known[true] != predicted
                known[true] = predicted
    return switches
