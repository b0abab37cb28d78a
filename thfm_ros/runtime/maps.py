# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the network's maps to maps of the source image."""

from __future__ import annotations

import numpy as np

from thfm_ros.camera import Resize
from thfm_ros.tasks import DENSE

_EDGE = 0.5


def count_not_finite(outputs: dict[str, np.ndarray]) -> int:
    """Return how many of a frame's numbers are NaN or infinite."""
    return sum(int(values.size - np.isfinite(values).sum()) for values in outputs.values())


def source_maps(
    outputs: dict[str, np.ndarray], resize: Resize, depth_on_people: bool
) -> dict[str, np.ndarray]:
    """Bring one frame's maps [H, W(, 3)] to the source's size: Perception's dense fields.

    Where nobody is, normals and dense pose are NaN, and so is depth that is defined on people only
    (which needs the mask to be among the outputs; without it all of the map is kept). What the
    network gives as NaN or infinite stays NaN, and is nobody in the mask.
    """
    maps = {
        name: resize.map_to_source(_finite(name, outputs[name]))
        for name in DENSE
        if name in outputs
    }
    known = None
    if "mask" in maps:
        # One factor instead of three masked writes: this runs on every pixel of every frame.
        known = np.where(maps["mask"] < _EDGE, np.float32(np.nan), np.float32(1))
    if "normals" in maps:
        normals = maps["normals"]
        length = np.sqrt(np.einsum("hwc,hwc->hw", normals, normals))
        scale = 1 / np.maximum(length, np.float32(1e-6))
        normals *= (scale if known is None else scale * known)[..., None]
    if "dense_pose" in maps and known is not None:
        maps["dense_pose"] *= known[..., None]
    if "depth" in maps:
        maps["depth_relative"] = maps.pop("depth")
        if depth_on_people and known is not None:
            maps["depth_relative"] *= known
    return maps


def _finite(name: str, values: np.ndarray) -> np.ndarray:
    """Make what is infinite unknown, and nobody in the mask."""
    bad = ~np.isfinite(values)
    if not bad.any():
        return values
    return np.where(bad, np.float32(0.0 if name == "mask" else np.nan), values)
