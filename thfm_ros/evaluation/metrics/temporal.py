# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Consistency over time, without ground truth."""

from __future__ import annotations

import cv2
import numpy as np

_FLOW_WIDTH = 320
_OCCLUDED_PX = 1.5


class Flow:
    """Where the pixels of an image lay in the image before it (optical flow, DIS; Kroeger 2016).

    Both images uint8 [H, W, 3]; worked out at 320 pixels' width at most. Pixels that were hidden
    before (the flows there and back disagree by more than 1.5 pixels) do not count.
    """

    def __init__(self, before: np.ndarray, after: np.ndarray) -> None:
        scale = min(1.0, _FLOW_WIDTH / after.shape[1])
        self.size = (round(after.shape[1] * scale), round(after.shape[0] * scale))
        grey = [cv2.cvtColor(self._fit(image), cv2.COLOR_RGB2GRAY) for image in (before, after)]
        method = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        backward = method.calc(grey[1], grey[0], None)
        forward = method.calc(grey[0], grey[1], None)
        columns, rows = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in self.size))
        self._x, self._y = columns + backward[..., 0], rows + backward[..., 1]
        there_and_back = backward + self._sample(forward)
        self.valid = np.linalg.norm(there_and_back, axis=-1) <= _OCCLUDED_PX
        inside = (self._x >= 0) & (self._x <= self.size[0] - 1)
        self.valid &= inside & (self._y >= 0) & (self._y <= self.size[1] - 1)

    def pair(self, before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the values [N(, C)] of two maps [H, W(, C)] at pixels that show the same point.

        Only pixels with finite values in both.
        """
        moved, stayed = self._sample(self._fit(before)), self._fit(after)
        known = self.valid & _finite(moved) & _finite(stayed)
        return moved[known], stayed[known]

    def _fit(self, values: np.ndarray) -> np.ndarray:
        if values.shape[1::-1] == self.size:
            return values
        how = cv2.INTER_AREA if values.dtype == np.uint8 else cv2.INTER_NEAREST
        return cv2.resize(values, self.size, interpolation=how)

    def _sample(self, values: np.ndarray) -> np.ndarray:
        return cv2.remap(
            values, self._x, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )


def warping_error(flow: Flow, before: np.ndarray, after: np.ndarray) -> float:
    """Mean absolute change of a map along the flow (Lai et al. 2018, there squared, of colours)."""
    moved, stayed = flow.pair(before, after)
    return float(np.abs(moved - stayed).mean()) if len(moved) else float("nan")


def relative_warping_error(flow: Flow, before: np.ndarray, after: np.ndarray) -> float:
    """Mean change of depth along the flow over its depth, after the best common scale.

    The scale (the median ratio) is taken out, because relative depth has none. As VDA's TAE, with
    flow in place of poses.
    """
    moved, stayed = flow.pair(before, after)
    usable = (moved > 0) & (stayed > 0)
    if not usable.any():
        return float("nan")
    ratio = moved[usable] / stayed[usable]
    return float(np.abs(ratio / np.median(ratio) - 1).mean())


def warping_angle(flow: Flow, before: np.ndarray, after: np.ndarray) -> float:
    """Mean angle in degrees that unit normals turn along the flow."""
    moved, stayed = flow.pair(before, after)
    if not len(moved):
        return float("nan")
    length = np.linalg.norm(moved, axis=-1) * np.linalg.norm(stayed, axis=-1)
    cosine = (moved * stayed).sum(-1) / np.maximum(length, 1e-9)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean())


def seam_ratio(changes: np.ndarray, seams: np.ndarray) -> float:
    """Mean change at window seams over the median change inside windows; 1 is seamless.

    changes: [T], how much a frame differs from the one before; NaN = unknown
    seams:   bool [T], whether a new window begins with the frame
    Ours: above 1.2 the eye sees the seams.
    """
    known = np.isfinite(changes)
    inside, across = changes[known & ~seams], changes[known & seams]
    if not inside.size or not across.size:
        return float("nan")
    return float(across.mean() / max(np.median(inside), 1e-9))


def _finite(values: np.ndarray) -> np.ndarray:
    finite = np.isfinite(values)
    return finite.all(-1) if finite.ndim == 3 else finite
