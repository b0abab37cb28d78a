# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Landmarks in the picture: where they project, and whether they are seen."""

from __future__ import annotations

import numpy as np

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.perception import LandmarkState
from thfm_ros.synth.render.frame import Layers

NEAREST_M = 0.05
JOINT_DEPTH_M, SKIN_DEPTH_M, OTHER_DEPTH_M = 0.13, 0.06, 0.02
"""How far behind the visible surface a seen landmark may lie: a joint inside the body, a point of
the face, hands or feet, and anything where the surface is not the same person's."""
_INNER = ("shoulder", "elbow", "hip", "knee", "ankle", "wrist")
_SLACK = np.array(
    [JOINT_DEPTH_M if name.endswith(_INNER) else SKIN_DEPTH_M for name in skeleton.LANDMARKS]
)


def label_landmarks(
    points: np.ndarray, intrinsics: Intrinsics, layers: Layers, person: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels float32 [33, 2] and states uint8 [33] of camera points [33, 3] of a person.

    A landmark behind the camera is ABSENT and its pixel is 0.
    """
    height, width = layers.depth.shape
    ahead = points[:, 2] > NEAREST_M
    safe = np.where(ahead[:, None], points, [0, 0, 1.0])
    pixels = intrinsics.project(safe)
    column, row = np.round(pixels).T
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    state = np.where(inside, LandmarkState.VISIBLE, LandmarkState.OUT_OF_VIEW).astype(np.uint8)
    seen = np.flatnonzero(inside & ahead)
    spots = column[seen].astype(int), row[seen].astype(int)
    state[seen[_hidden(points[seen, 2], _SLACK[seen], *spots, layers, person)]] = (
        LandmarkState.OCCLUDED
    )
    state[~ahead] = LandmarkState.ABSENT
    pixels[~ahead] = 0
    return pixels.astype(np.float32), state


def _hidden(
    depth: np.ndarray,
    slack: np.ndarray,
    column: np.ndarray,
    row: np.ndarray,
    layers: Layers,
    person: int,
) -> np.ndarray:
    """Return which of N landmarks lie behind what is seen around their pixel, bool [N]."""
    height, width = layers.depth.shape
    around = np.arange(-1, 2)
    # Beyond the image the edge repeats: it adds no pixel that is not there.
    rows = np.clip(row[:, None, None] + around[:, None], 0, height - 1)
    columns = np.clip(column[:, None, None] + around, 0, width - 1)
    surface, owner = layers.depth[rows, columns], layers.instance[rows, columns]
    allowed = np.where(owner == person, slack[:, None, None], OTHER_DEPTH_M)
    # Unknown depth is the sky. One open pixel of the nine is enough on a silhouette.
    open_pixels = (surface == 0) | (depth[:, None, None] - surface < allowed)
    return ~open_pixels.any((1, 2))
