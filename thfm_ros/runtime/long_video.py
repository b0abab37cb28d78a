# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A video longer than the window, offline: overlapping windows, aligned and blended into one.

Each window sees its own median depth, so its relative depth is off by a scale and a shift: these
are fitted on the overlap (as in Video Depth Anything), and the overlap is blended linearly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from thfm_ros.tasks import DENSE

Maps = dict[str, np.ndarray]


@dataclass(frozen=True)
class OverlapPolicy:
    """How windows follow one another.

    length: frames of a window, 4k + 1; overlap: frames that two neighbours share, 0 .. length - 1
    """

    length: int = 5
    overlap: int = 1

    def __post_init__(self) -> None:
        if self.length < 1 or self.length % 4 != 1:
            raise ValueError(f"length is {self.length}, allowed is 4k + 1: 1, 5, 9, ...")
        if not 0 <= self.overlap < self.length:
            raise ValueError(f"overlap is {self.overlap}, allowed is 0..{self.length - 1}")


def stitch(
    images: Iterable[np.ndarray], perceive: Callable[[np.ndarray], Maps], policy: OverlapPolicy
) -> Iterator[Maps]:
    """Perceive a video window by window; yield the finished maps of each frame, in order.

    images:   network inputs, uint8 [H, W, 3], any number of them
    perceive: clip uint8 [T, H, W, 3] -> maps [T, ...], blendable (`DenseTask.blendable`)
    A last window that is too short is padded by repeating its last frame. At most one window is in
    memory.
    """
    window: list[np.ndarray] = []
    pending: Maps = {}
    for image in images:
        window.append(image)
        if len(window) == policy.length:
            joined = _join(pending, perceive(np.stack(window)), policy.overlap if pending else 0)
            kept = policy.length - policy.overlap
            yield from _frames(joined, 0, kept)
            pending = {name: values[kept:] for name, values in joined.items()}
            window = window[kept:]
    fresh = len(window) - (policy.overlap if pending else 0)
    if fresh > 0:
        padded = window + [window[-1]] * (policy.length - len(window))
        shared = policy.overlap if pending else 0
        joined = _join(pending, perceive(np.stack(padded)), shared)
        yield from _frames(joined, 0, len(window))
    elif pending:
        yield from _frames(pending, 0, len(window))


def align(source: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Least-squares scale and shift with scale * source + shift ~ target, over finite pixels.

    (1, 0) where the overlap says nothing: fewer than two pixels, a constant, an inverted fit.
    """
    both = np.isfinite(source) & np.isfinite(target)
    x, y = source[both].astype(np.float64), target[both].astype(np.float64)
    if x.size < 2 or np.ptp(x) < 1e-6:
        return 1.0, 0.0
    scale = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    if scale <= 0:
        return 1.0, 0.0
    return float(scale), float(y.mean() - scale * x.mean())


def _join(before: Maps, after: Maps, overlap: int) -> Maps:
    """Align a window to what came before and blend the frames that both have."""
    if not overlap:
        return after
    after = dict(after)
    for name, values in after.items():
        task = DENSE.get(name)
        if task and task.is_label:
            continue
        if task and task.is_relative:
            scale, shift = align(values[:overlap], before[name])
            values = scale * values + shift
        # Weights leave out 0 and 1: every shared frame hears both windows.
        weight = np.arange(1, overlap + 1, dtype=values.dtype) / (overlap + 1)
        weight = weight.reshape(-1, *(1,) * (values.ndim - 1))
        blended = (1 - weight) * before[name] + weight * values[:overlap]
        if task and task.is_direction:
            length = np.linalg.norm(blended, axis=-1, keepdims=True)
            blended = blended / np.maximum(length, 1e-6)
        after[name] = np.concatenate([blended, values[overlap:]])
    return after


def _frames(maps: Maps, first: int, last: int) -> Iterator[Maps]:
    for index in range(first, last):
        yield {name: values[index] for name, values in maps.items()}
