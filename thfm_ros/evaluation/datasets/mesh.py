# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scans as ground truth: a mesh seen by a camera becomes depth, normals and mask."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.datasets.files import DatasetError, require
from thfm_ros.synth.render import raster

_NEAR = 0.05


def read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read vertices float64 [V, 3] and triangles int32 [F, 3] of a Wavefront file."""
    vertices, faces = [], []
    for line in require(path, "a scan").read_text().splitlines():
        kind, *values = line.split() or [""]
        if kind == "v":
            vertices.append([float(value) for value in values[:3]])
        elif kind == "f":
            corners = [int(value.split("/")[0]) for value in values]
            corners = [c - 1 if c > 0 else len(vertices) + c for c in corners]
            faces += [(corners[0], b, c) for b, c in pairwise(corners[1:])]
    if not faces:
        raise DatasetError(f"{path} holds no triangles")
    return np.array(vertices), np.array(faces, np.int32)


def read_obj_colours(path: Path, texture: np.ndarray) -> np.ndarray:
    """Return the texture's colours at the triangles' corners, float32 [F, 3, 3] in 0..255.

    Coarser than the texture where triangles are large, which scans' are not.
    """
    places, corners = [], []
    for line in path.read_text().splitlines():
        kind, *values = line.split() or [""]
        if kind == "vt":
            places.append([float(value) for value in values[:2]])
        elif kind == "f":
            index = [int(value.split("/")[1]) for value in values if value.count("/")]
            if len(index) != len(values):
                raise DatasetError(f"{path} has faces without texture coordinates")
            corners += [(index[0], b, c) for b, c in pairwise(index[1:])]
    uv = np.array(places)[np.array(corners) - 1]
    height, width = texture.shape[:2]
    columns = np.clip(uv[..., 0] * width, 0, width - 1).astype(int)
    rows = np.clip((1 - uv[..., 1]) * height, 0, height - 1).astype(int)
    return texture[rows, columns].astype(np.float32)


def draw_mesh(
    vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray, camera: Intrinsics
) -> np.ndarray:
    """Return the mesh's colours (of corners, [F, 3, C]) as seen, [H, W, C]; NaN off the mesh."""
    _, triangle, weights = _draw(vertices, faces, camera)
    seen = triangle >= 0
    image = np.full((*triangle.shape, colours.shape[-1]), np.nan, np.float32)
    share = np.concatenate([weights[seen], 1 - weights[seen].sum(-1, keepdims=True)], -1)
    image[seen] = (colours[triangle[seen]] * share[..., None]).sum(1)
    return image


def view_mesh(vertices: np.ndarray, faces: np.ndarray, camera: Intrinsics) -> dict[str, np.ndarray]:
    """Return depth [H, W], normals [H, W, 3] (NaN off the mesh) and mask [H, W] of Truth.

    vertices: metres in the optical frame. Normals are the vertices' area-weighted ones, blended,
    turned towards the camera.
    """
    points, faces = np.float32(vertices), np.int32(faces)
    vertex_normals = np.empty_like(points)
    raster.vertex_normals(points, faces, vertex_normals)
    depth, triangle, weights = _draw(vertices, faces, camera)
    shape = depth.shape
    seen = triangle >= 0
    corners = vertex_normals[faces[triangle[seen]]]
    share = np.concatenate([weights[seen], 1 - weights[seen].sum(-1, keepdims=True)], -1)
    blended = (corners * share[..., None]).sum(1)
    blended /= np.maximum(np.linalg.norm(blended, axis=-1, keepdims=True), 1e-9)
    rays = camera.back_project(np.ones(shape))[seen]
    blended *= -np.sign((blended * rays).sum(-1, keepdims=True))
    normals = np.full((*shape, 3), np.nan, np.float32)
    normals[seen] = blended
    depth[~seen] = np.nan
    return {"depth": depth, "normals": normals, "mask": seen.astype(np.float32)}


def _draw(
    vertices: np.ndarray, faces: np.ndarray, camera: Intrinsics
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return depth (infinite off the mesh), triangle (-1 there) and weights of each pixel."""
    points, faces = np.float32(vertices), np.int32(faces)
    screen = np.empty_like(points)
    focal, centre = np.float32((camera.fx, camera.fy)), np.float32((camera.cx, camera.cy))
    turn, move = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
    raster.project(points, turn, move, focal, centre, True, screen)
    shape = (camera.height, camera.width)
    depth = np.full(shape, np.inf, np.float32)
    triangle, weights = np.full(shape, -1, np.int32), np.zeros((*shape, 2), np.float32)
    raster.draw(screen, faces, _NEAR, depth, triangle, weights)
    return depth, triangle, weights
