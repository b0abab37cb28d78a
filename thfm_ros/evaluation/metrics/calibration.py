# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a confidence of 0.8 is right eight times in ten."""

from __future__ import annotations

import numpy as np


def calibration_error(probability: np.ndarray, happened: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error (Guo et al. 2017) of probabilities [N] against 0 or 1 [N].

    The mean difference between confidence and frequency in equal bins, weighed by their counts; NaN
    for no probabilities.
    """
    if not len(probability):
        return float("nan")
    bin_of = np.minimum((np.asarray(probability) * bins).astype(int), bins - 1)
    confidence = np.bincount(bin_of, probability, bins)
    frequency = np.bincount(bin_of, happened, bins)
    return float(np.abs(confidence - frequency).sum() / len(probability))
