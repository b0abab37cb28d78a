# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A smooth function of every pixel, computed on a coarse grid and interpolated."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

_CELL, _FINE = 16, 4
"""Pixels between two nodes, and where that is too coarse."""
_ERROR = 9 / 16 / 24
"""Of a cubic half way between nodes, in fourth differences of the nodes."""


def interpolate_pixels(
    function: Callable[[np.ndarray], np.ndarray], size: tuple[int, int], tolerance: float
) -> np.ndarray:
    """Return a function of pixels [N, 2] -> [N, D] for every pixel: float32 [D, H, W].

    size: (width, height). Where interpolation would not be good to the tolerance, it is tried on a
    finer grid; where that is too coarse, too, and beside nodes that are NaN, the function is asked.
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
    rows, columns = _pixels_of(~known, size, _CELL)
    values[:, rows, columns] = np.nan
    if (known & ~good).any():
        _refine(values, function, known & ~good, tolerance)
    return values


def _refine(
    values: np.ndarray,
    function: Callable[[np.ndarray], np.ndarray],
    cells: np.ndarray,
    tolerance: float,
) -> None:
    """Write the values [D, H, W] of some cells [rows, columns], by a finer grid in them."""
    size, split = values.shape[:0:-1], _CELL // _FINE
    within = cells.repeat(split, 0).repeat(split, 1)
    asked = np.zeros(np.add(within.shape, 5), bool)
    for down, across in np.ndindex(6, 6):
        asked[down : down + within.shape[0], across : across + within.shape[1]] |= within
    rows, columns = np.nonzero(asked)
    nodes = np.full((len(values), *asked.shape), np.nan)
    nodes[:, rows, columns] = function(np.stack((columns, rows), -1) * float(_FINE) - 2 * _FINE).T
    known, good = _judge(nodes, tolerance)
    row, column = np.nonzero(within & good)
    patches = sliding_window_view(nodes[:, 1:-1, 1:-1], (4, 4), (1, 2))[:, row, column]
    weights = _weights(np.arange(_FINE) / _FINE)
    pixels = _FINE * np.stack((row, column))[:, :, None, None] + np.indices((_FINE, _FINE))[:, None]
    inside = (pixels[0] < size[1]) & (pixels[1] < size[0])
    found = weights @ patches @ weights.T
    values[:, pixels[0][inside], pixels[1][inside]] = found[:, inside]
    rows, columns = _pixels_of(within & ~known, size, _FINE)
    values[:, rows, columns] = np.nan
    rows, columns = _pixels_of(within & known & ~good, size, _FINE)
    if len(rows):
        values[:, rows, columns] = function(np.stack((columns, rows), -1).astype(np.float64)).T


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
    weights[np.arange(len(places))[:, None], cell[:, None] + np.arange(4)] = _weights(t)
    return weights


def _weights(t: np.ndarray) -> np.ndarray:
    """Return the weights [N, 4] of nodes at -1, 0, 1, 2 in a cubic's values at t."""
    return np.stack(
        (
            -t * (t - 1) * (t - 2) / 6,
            (t + 1) * (t - 1) * (t - 2) / 2,
            -(t + 1) * t * (t - 2) / 2,
            (t + 1) * t * (t - 1) / 6,
        ),
        -1,
    )


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


def _pixels_of(
    cells: np.ndarray, size: tuple[int, int], cell: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns of the pixels of cells [rows, columns] inside an image."""
    y, x = (cell * index[:, None, None] for index in np.nonzero(cells))
    within = np.arange(cell)
    rows, columns = np.broadcast_arrays(y + within[:, None], x + within)
    inside = (rows < size[1]) & (columns < size[0])
    return rows[inside], columns[inside]
