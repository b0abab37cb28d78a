# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ambient occlusion of a mesh, from depth maps seen from all sides."""

from __future__ import annotations

import numpy as np

from thfm_ros.synth.render import raster

MAP_SIZE = 512
BIAS_M = 0.006


def ambient_occlusion(
    points: np.ndarray, faces: np.ndarray, directions: int = 96, seed: int = 0
) -> np.ndarray:
    """Return for each vertex the cosine-weighted share of the sky it sees, float32 [V], 0..1."""
    points = points.astype(np.float32)
    normals = np.zeros_like(points)
    raster.vertex_normals(points, faces.astype(np.int32), normals)
    rng = np.random.default_rng(seed)
    rays = rng.standard_normal((directions, 3))
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    seen, possible = np.zeros(len(points)), np.full(len(points), 1e-6)
    for ray in rays:
        cosine = np.clip(normals @ ray, 0, None)
        seen += cosine * _visible_from(points, normals, faces, ray)
        possible += cosine
    return (seen / possible).astype(np.float32)


def _visible_from(points, normals, faces, ray) -> np.ndarray:
    helper = np.array([0, 0, 1.0]) if abs(ray[2]) < 0.9 else np.array([1.0, 0, 0])
    right = np.cross(helper, -ray)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(-ray, right), -ray]).astype(np.float32)
    centre = -rotation @ points.mean(0)
    scale = MAP_SIZE / (2.1 * np.linalg.norm(points - points.mean(0), axis=1).max())
    screen = np.empty_like(points)
    focal = np.full(2, scale, np.float32)
    middle = np.full(2, MAP_SIZE / 2, np.float32)
    raster.project(points, rotation, centre.astype(np.float32), focal, middle, False, screen)
    depth = np.full((MAP_SIZE, MAP_SIZE), raster.FAR, np.float32)
    raster.draw_depth(screen, faces.astype(np.int32), depth)
    lifted = points + normals * BIAS_M
    raster.project(lifted, rotation, centre.astype(np.float32), focal, middle, False, screen)
    pixel = np.clip(np.round(screen[:, :2]).astype(int), 0, MAP_SIZE - 1)
    return screen[:, 2] <= depth[pixel[:, 1], pixel[:, 0]] + BIAS_M
