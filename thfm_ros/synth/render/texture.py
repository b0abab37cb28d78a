# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Texture kernels: noise, tiles with mip levels, and the patterns of cloth, skin and hair."""

from __future__ import annotations

import math

import numba
import numpy as np

from thfm_ros.synth.render import materials as m
from thfm_ros.synth.render.raster import INLINED

_LINEAR = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)


@numba.njit(**INLINED)
def _hash(x, y, z):
    h = (
        (np.int64(x) * np.int64(73856093))
        ^ (np.int64(y) * np.int64(19349663))
        ^ (np.int64(z) * np.int64(83492791))
    )
    h = (h ^ (h >> 13)) * np.int64(1274126177)
    return np.float32((h ^ (h >> 16)) & np.int64(0xFFFF)) * np.float32(1.0 / 65535.0)


@numba.njit(**INLINED)
def noise(x, y, z):
    """Smooth value noise 0..1 with a grid of one unit."""
    xi, yi, zi = math.floor(x), math.floor(y), math.floor(z)
    fx, fy, fz = x - xi, y - yi, z - zi
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    total = np.float32(0.0)
    for a in range(2):
        wa = fx if a else 1 - fx
        for b in range(2):
            wb = fy if b else 1 - fy
            for c in range(2):
                wc = fz if c else 1 - fz
                total += wa * wb * wc * _hash(xi + a, yi + b, zi + c)
    return total


@numba.njit(**INLINED)
def tile(tiles, index, u, v, texels):
    """Look up tile `index` at (u, v) in tiles; `texels` = texels a pixel picks the mip level."""
    level = 0
    while texels > 1.5 and level < 3:
        texels *= 0.5
        level += 1
    row = 0 if level == 0 else (128 if level == 1 else (192 if level == 2 else 224))
    size = 128 >> level
    x, y = (u - math.floor(u)) * size - 0.5, (v - math.floor(v)) * size - 0.5
    x0, y0 = math.floor(x), math.floor(y)
    fx, fy = x - x0, y - y0
    xa, ya = int(x0) % size, int(y0) % size
    xb, yb = (xa + 1) % size, (ya + 1) % size
    wa, wb, wc, wd = (1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx
    r = wa * _LINEAR[tiles[index, row + ya, xa, 0]] + wb * _LINEAR[tiles[index, row + ya, xb, 0]]
    r += wc * _LINEAR[tiles[index, row + yb, xa, 0]] + wd * _LINEAR[tiles[index, row + yb, xb, 0]]
    g = wa * _LINEAR[tiles[index, row + ya, xa, 1]] + wb * _LINEAR[tiles[index, row + ya, xb, 1]]
    g += wc * _LINEAR[tiles[index, row + yb, xa, 1]] + wd * _LINEAR[tiles[index, row + yb, xb, 1]]
    b = wa * _LINEAR[tiles[index, row + ya, xa, 2]] + wb * _LINEAR[tiles[index, row + ya, xb, 2]]
    b += wc * _LINEAR[tiles[index, row + yb, xa, 2]] + wd * _LINEAR[tiles[index, row + yb, xb, 2]]
    return r, g, b


@numba.njit(**INLINED)
def _mix(r, g, b, table, row, share):
    keep = 1 - share
    return (
        r * keep + table[row, m.RED] * share,
        g * keep + table[row, m.GREEN] * share,
        b * keep + table[row, m.BLUE] * share,
    )


@numba.njit(**INLINED)
def surface_colour(table, row, tiles, r, g, b, px, py, pz, across, pixel):
    """Return albedo of a material at pattern point (px, py, pz); a pixel spans `pixel` metres."""
    kind, frequency = int(table[row, m.KIND]), table[row, m.FREQUENCY]
    if kind == m.PLAIN:
        return r, g, b
    along = px if across == 0 else py
    c, s = math.cos(table[row, m.ROTATION]), math.sin(table[row, m.ROTATION])
    u, v = (along * c - pz * s) * frequency, (along * s + pz * c) * frequency
    # A pattern finer than two pixels must fade to its mean, or it turns into moire.
    sharp = min(1.0, max(0.0, 1.5 - 2.0 * frequency * pixel))
    if kind == m.STRIPES:
        inside = 1.0 if v - math.floor(v) < 0.45 else 0.0
        return _mix(r, g, b, table, row, sharp * inside + (1 - sharp) * 0.45)
    if kind == m.CHECKS:
        odd = 0.5 if (math.floor(u) + math.floor(v)) % 2 == 0 else 0.0
        line = 0.7 if v - math.floor(v) < 0.15 else odd
        return _mix(r, g, b, table, row, sharp * line + (1 - sharp) * 0.3)
    if kind == m.DOTS:
        du, dv = u - math.floor(u) - 0.5, v - math.floor(v) - 0.5
        inside = 1.0 if du * du + dv * dv < 0.07 else 0.0
        return _mix(r, g, b, table, row, sharp * inside + (1 - sharp) * 0.22)
    seed = table[row, m.SEED]
    if kind == m.CAMOUFLAGE:
        coarse = noise(px * frequency + seed, py * frequency, pz * frequency)
        fine = noise(px * frequency * 2.3 + seed, py * frequency * 2.3, pz * frequency * 2.3)
        return _mix(r, g, b, table, row, 1.0 if 0.65 * coarse + 0.35 * fine > 0.5 else 0.0)
    if kind == m.PHOTO_CLOTH:
        tr, tg, tb = tile(
            tiles, int(table[row, m.TILE]), u * 0.35, -v * 0.35, frequency * 45 * pixel
        )
        if seed > 0.5:
            return tr * (0.35 + 0.65 * r), tg * (0.35 + 0.65 * g), tb * (0.35 + 0.65 * b)
        return 0.8 * tr + 0.2 * r, 0.8 * tg + 0.2 * g, 0.8 * tb + 0.2 * b
    if kind == m.PRINT:
        pu, pv = px * 8.0, (pz - 1.24) * 8.0
        if abs(pu) < 0.9 and abs(pv) < 0.9 and py < -0.02:
            return tile(tiles, int(table[row, m.TILE]), pu * 0.5 + 0.5, 0.5 - pv * 0.5, 500 * pixel)
        return r, g, b
    if kind == m.SKIN:
        coarse = (noise(px * 30 + seed, py * 30, pz * 30) - 0.5) * 0.16
        fine = (noise(px * 110, py * 110, pz * 110 + seed) - 0.5) * 0.10
        change = coarse + fine
        return r * (1 + change), g * (1 + 1.2 * change), b * (1 + 1.2 * change)
    if kind == m.HAIR:
        strand = 0.55 + 0.9 * noise(px * frequency, py * frequency, pz * frequency * 0.12 + seed)
        strand = sharp * strand + (1 - sharp)
        return r * strand, g * strand, b * strand
    # FACED: the pattern coordinates are the box's own u, v
    tr, tg, tb = tile(
        tiles, int(table[row, m.TILE]), px * frequency, -pz * frequency, frequency * 128 * pixel
    )
    return tr * (0.3 + 0.7 * r), tg * (0.3 + 0.7 * g), tb * (0.3 + 0.7 * b)
