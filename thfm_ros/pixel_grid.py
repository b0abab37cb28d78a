# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A smooth function of every pixel, computed on a coarse grid and interpolated."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

_CELL = 16
"""Pixels between two nodes."""
_ERROR = 9 / 16 / 24
"""Of a cubic half way between nodes, in fourth differences of the nodes."""


def interpolate_pixels(
    function: Callable[[np.ndarray], np.ndarray], size: tuple[int, int], tolerance: float
) -> np.ndarray:
    """Return a function of pixels [N, 2] -> [N, D] for every pixel: float32 [D, H, W].

    size: (width, height). Where interpolation would not be good to the tolerance, and beside nodes
    that are NaN, the function itself is asked.
    """
    width, height = size
    down, across = -(-height // _CELL), -(-width // _CELL)
    nodes = _at_nodes(function, down, across)
    smooth = np.nan_to_num(nodes[:, 1:-1, 1:-1]).astype(np.float32)
    values = np.empty((len(nodes), height, width), np.float32)
    for channel, every_second in zip(
        values, _cubics(down) @ smooth @ _cubics(across).T, strict=True
    ):
        # Between pixels as close as that, a straight line is as good and costs far less.
        channel[:] = cv2.resize(every_second, None, fx=2, fy=2)[2 : height + 2, 2 : width + 2]
    known, good = _judge(nodes, tolerance)
    for cells, exact in ((~known, False), (known & ~good, True)):
        rows, columns = _pixels_of(cells, size)
        if len(rows):
            pixels = np.stack((columns, rows), -1).astype(np.float64)
            values[:, rows, columns] = function(pixels).T if exact else np.nan
    return values


def _at_nodes(function: Callable[[np.ndarray], np.ndarray], down: int, across: int) -> np.ndarray:
    """Return the function [D, rows, columns] at the cells' corners and two more on every side."""
    y, x = (_CELL * np.arange(-2.0, count + 3) for count in (down, across))
    columns, rows = np.meshgrid(x, y)
    values = function(np.stack((columns.ravel(), rows.ravel()), -1))
    return values.T.reshape(-1, *rows.shape)


def _cubics(cells: int) -> np.ndarray:
    """Return Lagrange's cubics through four nodes each: [samples, cells + 3].

    Samples are at pixels -1.5, 0.5, 2.5 and so on: what doubling by cv2.resize starts from.
    """
    places = np.arange(-1.5, cells * _CELL + 2, 2) / _CELL
    cell = np.clip(np.floor(places).astype(int), 0, cells - 1)
    t = places - cell
    weights = np.zeros((len(places), cells + 3), np.float32)
    each = np.arange(len(places))
    weights[each, cell] = -t * (t - 1) * (t - 2) / 6
    weights[each, cell + 1] = (t + 1) * (t - 1) * (t - 2) / 2
    weights[each, cell + 2] = -(t + 1) * t * (t - 2) / 2
    weights[each, cell + 3] = (t + 1) * t * (t - 1) / 6
    return weights


def _judge(nodes: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return of which cells [rows, columns] anything is known, and which are interpolated well."""
    near = sliding_window_view(np.isfinite(nodes).all(0), (4, 4))[1:-1, 1:-1]
    bends = (np.abs(np.diff(nodes, 4, axis=axis)).max(0) * _ERROR for axis in (1, 2))
    down, across = (bend <= tolerance for bend in bends)
    down, across = down[:, 2:-2], across[2:-2]
    good = near.all((-1, -2))
    for fine in (down, across):
        good &= fine[:-1, :-1] & fine[1:, :-1] & fine[:-1, 1:] & fine[1:, 1:]
    return near.any((-1, -2)), good


def _pixels_of(cells: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the pixels of cells [rows, columns] inside an image."""
    y, x = (_CELL * index[:, None, None] for index in np.nonzero(cells))
    within = np.arange(_CELL)
    rows, columns = np.broadcast_arrays(y + within[:, None], x + within)
    inside = (rows < size[1]) & (columns < size[0])
    return rows[inside], columns[inside]
