# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The geometry kernels: skinning, vertex normals, projection and the z-buffer.

Pixel centres are at integers, as everywhere in the package.
"""

from __future__ import annotations

import math

import numba
import numpy as np

# The kernels allocate nothing, so numba need not count references to shared arrays: half the time.
OPTIONS = {
    "fastmath": True,
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
}
INLINED = {**OPTIONS, "forceinline": True}
FAR = 1e9


@numba.njit(**OPTIONS)
def skin(vertices, weights, bones, matrices, out):
    """Linear blend skinning: vertices [V, 3], weights and bones [V, K], matrices [J, 3, 4]."""
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        px = py = pz = np.float32(0.0)
        for k in range(weights.shape[1]):
            w = weights[i, k]
            if w < 1e-4:
                continue
            m = matrices[bones[i, k]]
            px += w * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3])
            py += w * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3])
            pz += w * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
        out[i, 0], out[i, 1], out[i, 2] = px, py, pz


@numba.njit(**OPTIONS)
def vertex_normals(points, faces, out):
    """Area-weighted unit normals [V, 3] of a triangle mesh."""
    out[:] = 0
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ux, uy, uz = (
            points[b, 0] - points[a, 0],
            points[b, 1] - points[a, 1],
            points[b, 2] - points[a, 2],
        )
        vx, vy, vz = (
            points[c, 0] - points[a, 0],
            points[c, 1] - points[a, 1],
            points[c, 2] - points[a, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in range(3):
            i = faces[f, corner]
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        scale = 1.0 / math.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2 + 1e-20)
        out[i, 0] *= scale
        out[i, 1] *= scale
        out[i, 2] *= scale


@numba.njit(**OPTIONS)
def project(points, rotation, translation, focal, centre, perspective, out):
    """Map world points [V, 3] to (x, y, depth) [V, 3]; orthographic when perspective is False."""
    for i in range(points.shape[0]):
        px, py, pz = points[i, 0], points[i, 1], points[i, 2]
        x = rotation[0, 0] * px + rotation[0, 1] * py + rotation[0, 2] * pz + translation[0]
        y = rotation[1, 0] * px + rotation[1, 1] * py + rotation[1, 2] * pz + translation[1]
        z = rotation[2, 0] * px + rotation[2, 1] * py + rotation[2, 2] * pz + translation[2]
        scale = 1.0 / max(z, 1e-3) if perspective else 1.0
        out[i, 0] = focal[0] * x * scale + centre[0]
        out[i, 1] = focal[1] * y * scale + centre[1]
        out[i, 2] = z


@numba.njit(**OPTIONS)
def draw(screen, faces, near, depth, triangle, weights):
    """Draw triangles in perspective into depth, triangle index [H, W] and weights [H, W, 2].

    Triangles that reach nearer than `near` are left out. The third weight is 1 - the other two.
    """
    height, width = depth.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        za, zb, zc = screen[a, 2], screen[b, 2], screen[c, 2]
        if za < near or zb < near or zc < near:
            continue
        xa, ya, xb, yb = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        xc, yc = screen[c, 0], screen[c, 1]
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        if area == 0:
            continue
        left = max(math.ceil(min(xa, xb, xc)), 0)
        right = min(math.floor(max(xa, xb, xc)), width - 1)
        top = max(math.ceil(min(ya, yb, yc)), 0)
        bottom = min(math.floor(max(ya, yb, yc)), height - 1)
        inverse = 1.0 / area
        qa, qb, qc = 1.0 / za, 1.0 / zb, 1.0 / zc
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                wa = ((xb - x) * (yc - y) - (xc - x) * (yb - y)) * inverse
                wb = ((xc - x) * (ya - y) - (xa - x) * (yc - y)) * inverse
                wc = 1.0 - wa - wb
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                z = 1.0 / (wa * qa + wb * qb + wc * qc)
                if z < depth[y, x]:
                    depth[y, x] = z
                    triangle[y, x] = f
                    weights[y, x, 0] = wa * qa * z
                    weights[y, x, 1] = wb * qb * z


@numba.njit(**OPTIONS)
def draw_depth(screen, faces, depth):
    """Draw only the orthographic depth [H, W] of a mesh: a shadow map."""
    height, width = depth.shape
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        xa, ya, xb, yb = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1]
        xc, yc = screen[c, 0], screen[c, 1]
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        if area == 0:
            continue
        left = max(math.ceil(min(xa, xb, xc)), 0)
        right = min(math.floor(max(xa, xb, xc)), width - 1)
        top = max(math.ceil(min(ya, yb, yc)), 0)
        bottom = min(math.floor(max(ya, yb, yc)), height - 1)
        inverse = 1.0 / area
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                wa = ((xb - x) * (yc - y) - (xc - x) * (yb - y)) * inverse
                wb = ((xc - x) * (ya - y) - (xa - x) * (yc - y)) * inverse
                if wa < 0 or wb < 0 or wa + wb > 1:
                    continue
                z = wa * screen[a, 2] + wb * screen[b, 2] + (1.0 - wa - wb) * screen[c, 2]
                depth[y, x] = min(depth[y, x], z)
