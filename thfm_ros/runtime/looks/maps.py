# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the network's maps to maps of the source image."""

from __future__ import annotations

import cv2
import numpy as np

from thfm_ros.region import Region
from thfm_ros.tasks import DenseTask
from thfm_ros.tasks.mask import ON_PERSON

Part = tuple[slice, slice]
"""Rows and columns of an array."""


def count_not_finite(outputs: dict[str, np.ndarray]) -> int:
    """Return how many of a frame's numbers are NaN or infinite."""
    return sum(int(values.size - np.isfinite(values).sum()) for values in outputs.values())


def source_maps(
    outputs: dict[str, np.ndarray],
    region: Region,
    tasks: dict[str, DenseTask],
    rotation: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Bring one frame's maps [H, W(, 3)] to the source's size: Perception's dense fields.

    region: what the network was shown; around a crop is nobody
    tasks:  the dense tasks, as the weights paint them
    rotation: [3, 3] of directions from the region's axes to the camera's

    Where nobody is, tasks that are of people only are NaN (which needs the mask to be among the
    outputs; without it all of the map is kept). What the network gives as NaN or infinite is
    unknown.
    """
    maps = {
        name: region.map_to_source(_finite(outputs[name], task.unknown), nearest=task.is_label)
        for name, task in tasks.items()
        if name in outputs
    }
    width, height = region.source
    box, known = np.s_[0:height, 0:width], np.float32(1)
    if "mask" in maps:
        # Whoever fills a quarter of the picture costs a quarter of the time.
        box, known = _people(maps["mask"])
    for name, values in maps.items():
        task = tasks[name]
        factor = known if task.people_only and "mask" in maps else None
        if task.is_direction:
            _rotate(values, box, rotation)
            length = np.maximum(_length(values[box]), np.float32(1e-6))
            factor = (np.float32(1) if factor is None else factor) / length
        if factor is not None:
            _scale(values, box, factor)
    return maps


def _people(mask: np.ndarray) -> tuple[Part, np.ndarray]:
    """Return a box around everybody, and inside of it 1 on people, NaN elsewhere."""
    x, y, width, height = cv2.boundingRect((mask >= ON_PERSON).view(np.uint8))
    # OpenCV takes no empty arrays: around nobody is one pixel.
    box = np.s_[y : y + max(height, 1), x : x + max(width, 1)]
    return box, np.where(mask[box] < ON_PERSON, np.float32(np.nan), np.float32(1))


def _rotate(vectors: np.ndarray, box: Part, rotation: np.ndarray | None) -> None:
    if rotation is not None:
        vectors[box] = cv2.transform(vectors[box], rotation.astype(np.float32))


def _length(vectors: np.ndarray) -> np.ndarray:
    """Return the length [H, W] of vectors [H, W, 3]; a sixth of einsum's time."""
    return cv2.sqrt(cv2.transform(cv2.multiply(vectors, vectors), np.ones((1, 3), np.float32)))


def _scale(values: np.ndarray, box: Part, factor: np.ndarray) -> None:
    """Multiply values [H, W(, 3)] in a box by a factor [h, w]; outside of it they become NaN."""
    rows, columns = box
    inside = values[box]
    inside *= factor if values.ndim == 2 else cv2.merge((factor,) * 3)
    values[: rows.start] = values[rows.stop :] = np.nan
    values[rows, : columns.start] = values[rows, columns.stop :] = np.nan


def _finite(values: np.ndarray, unknown: float) -> np.ndarray:
    """Make what is not finite unknown."""
    bad = ~np.isfinite(values)
    if not bad.any():
        return values
    return np.where(bad, np.float32(unknown), values)
