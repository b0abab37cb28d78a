# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a 2 x 2 oversampled z-buffer to pixels: colour, and truth from the very same samples."""

from __future__ import annotations

import math

import numba
import numpy as np

from thfm_ros.synth.render.raster import FAR, INLINED, OPTIONS
from thfm_ros.synth.render.shade import mesh_colour, surroundings_colour

OVERSAMPLING = 2
SAMPLES = OVERSAMPLING * OVERSAMPLING
SAME_SURFACE = 0.03
"""Samples of one material whose depths differ by less than this share are shaded once."""


@numba.njit(**INLINED)
def _ray(view, x, y):
    r = view.rotation
    rx, ry = (x - view.centre[0]) / view.focal[0], (y - view.centre[1]) / view.focal[1]
    return (
        r[0, 0] * rx + r[1, 0] * ry + r[2, 0],
        r[0, 1] * rx + r[1, 1] * ry + r[2, 1],
        r[0, 2] * rx + r[1, 2] * ry + r[2, 2],
    )


@numba.njit(**INLINED)
def _normal(mesh, f, w0, w1, dx, dy, dz):
    """Interpolated world normal of a sample, turned towards the camera."""
    w2 = 1 - w0 - w1
    a, b, c = mesh.faces[f, 0], mesh.faces[f, 1], mesh.faces[f, 2]
    nx = w0 * mesh.normals[a, 0] + w1 * mesh.normals[b, 0] + w2 * mesh.normals[c, 0]
    ny = w0 * mesh.normals[a, 1] + w1 * mesh.normals[b, 1] + w2 * mesh.normals[c, 1]
    nz = w0 * mesh.normals[a, 2] + w1 * mesh.normals[b, 2] + w2 * mesh.normals[c, 2]
    scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    if nx * dx + ny * dy + nz * dz > 0:
        scale = -scale
    return nx * scale, ny * scale, nz * scale


def make_scratch() -> tuple:
    """Return the small arrays that `resolve` works in: numbers, depths, weights, normals, flags."""
    depths, first, second = np.empty((3, SAMPLES), np.float32)
    flags = np.empty(SAMPLES, np.bool_)
    return (
        np.empty(SAMPLES, np.int64),
        depths,
        first,
        second,
        np.empty((SAMPLES, 3), np.float32),
        flags,
    )


@numba.njit(**OPTIONS)
def resolve(mesh, surfaces, around, light, view, depth, triangle, weights, scratch, colour, out):
    """Fill colour [H, W, 3] (linear) and the arrays of `out` (a Layers) from 2 x 2 samples a pixel.

    A pixel is a person's where people cover at least half of it; its depth and normal are then
    means over that person's samples alone, so background never leaks into people.
    """
    height, width = colour.shape[0], colour.shape[1]
    tri, zed, w0, w1, normal, done = scratch
    for y in range(height):
        for x in range(width):
            empty = 0
            for k in range(SAMPLES):
                row, column = (
                    y * OVERSAMPLING + k // OVERSAMPLING,
                    x * OVERSAMPLING + k % OVERSAMPLING,
                )
                tri[k], zed[k] = triangle[row, column], depth[row, column]
                w0[k], w1[k] = weights[row, column, 0], weights[row, column, 1]
                done[k] = False
                if tri[k] < 0:
                    empty += 1
            red = green = blue = 0.0
            far, bx, by, bz = FAR, 0.0, 0.0, 0.0
            if empty:
                dx, dy, dz = _ray(view, x, y)
                r, g, b, far, bx, by, bz = surroundings_colour(
                    around, surfaces, light, view, x, y, dx, dy, dz
                )
                red, green, blue = r * empty, g * empty, b * empty
            if empty == SAMPLES:
                colour[y, x, 0], colour[y, x, 1], colour[y, x, 2] = r, g, b
                _background_truth(view, far, bx, by, bz, out, y, x)
                continue
            for k in range(SAMPLES):
                if tri[k] < 0:
                    continue
                sx = x - 0.25 + 0.5 * (k % OVERSAMPLING)
                sy = y - 0.25 + 0.5 * (k // OVERSAMPLING)
                dx, dy, dz = _ray(view, sx, sy)
                nx, ny, nz = _normal(mesh, tri[k], w0[k], w1[k], dx, dy, dz)
                normal[k, 0], normal[k, 1], normal[k, 2] = nx, ny, nz
                if done[k]:
                    continue
                count = 0
                for j in range(k, SAMPLES):
                    if tri[j] < 0 or done[j]:
                        continue
                    same = mesh.material[tri[j]] == mesh.material[tri[k]]
                    if same and abs(zed[j] - zed[k]) < SAME_SURFACE * zed[k]:
                        done[j] = True
                        count += 1
                r, g, b = mesh_colour(
                    mesh,
                    surfaces,
                    light,
                    view,
                    tri[k],
                    w0[k],
                    w1[k],
                    zed[k],
                    dx,
                    dy,
                    dz,
                    nx,
                    ny,
                    nz,
                )
                red, green, blue = red + r * count, green + g * count, blue + b * count
            colour[y, x, 0], colour[y, x, 1], colour[y, x, 2] = (
                red / SAMPLES,
                green / SAMPLES,
                blue / SAMPLES,
            )
            _truth(mesh, view, tri, zed, w0, w1, normal, far, bx, by, bz, out, y, x)


@numba.njit(**INLINED)
def _background_truth(view, far, nx, ny, nz, out, y, x):
    out.depth[y, x] = far if far < 0.5 * FAR else 0.0
    r = view.rotation
    for k in range(3):
        out.normals[y, x, k] = r[k, 0] * nx + r[k, 1] * ny + r[k, 2] * nz


@numba.njit(**INLINED)
def _truth(mesh, view, tri, zed, w0, w1, normal, far, bx, by, bz, out, y, x):
    people, best, best_count, best_depth = 0, 0, 0, FAR
    for k in range(SAMPLES):
        if tri[k] < 0 or mesh.owner[tri[k]] == 0:
            continue
        people += 1
        count, nearest = 0, FAR
        for j in range(SAMPLES):
            if tri[j] >= 0 and mesh.owner[tri[j]] == mesh.owner[tri[k]]:
                count += 1
                nearest = min(nearest, zed[j])
        if count > best_count or (count == best_count and nearest < best_depth):
            best, best_count, best_depth = mesh.owner[tri[k]], count, nearest
    out.mask[y, x] = (people * 255 + 2) // SAMPLES
    out.instance[y, x] = best
    whose = best if 2 * people >= SAMPLES else 0
    nx = ny = nz = total = 0.0
    samples = 0
    cx = cy = cz = 0.0
    nearest, shown = FAR, 0
    for k in range(SAMPLES):
        if tri[k] < 0:
            continue
        owner = mesh.owner[tri[k]]
        if owner == best and best > 0:
            w2 = 1 - w0[k] - w1[k]
            a, b, c = mesh.faces[tri[k], 0], mesh.faces[tri[k], 1], mesh.faces[tri[k], 2]
            cx += (
                w0[k] * mesh.canonical[a, 0]
                + w1[k] * mesh.canonical[b, 0]
                + w2 * mesh.canonical[c, 0]
            )
            cy += (
                w0[k] * mesh.canonical[a, 1]
                + w1[k] * mesh.canonical[b, 1]
                + w2 * mesh.canonical[c, 1]
            )
            cz += (
                w0[k] * mesh.canonical[a, 2]
                + w1[k] * mesh.canonical[b, 2]
                + w2 * mesh.canonical[c, 2]
            )
            if zed[k] < nearest:
                nearest, shown = zed[k], mesh.part[tri[k]]
        if owner == whose:
            nx, ny, nz = nx + normal[k, 0], ny + normal[k, 1], nz + normal[k, 2]
            total += zed[k]
            samples += 1
    if best > 0:
        out.dense_pose[y, x, 0] = cx / best_count
        out.dense_pose[y, x, 1] = cy / best_count
        out.dense_pose[y, x, 2] = cz / best_count
        out.part[y, x] = shown
    if samples == 0:
        _background_truth(view, far, bx, by, bz, out, y, x)
        return
    out.depth[y, x] = total / samples
    scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    r = view.rotation
    for k in range(3):
        out.normals[y, x, k] = (r[k, 0] * nx + r[k, 1] * ny + r[k, 2] * nz) * scale
