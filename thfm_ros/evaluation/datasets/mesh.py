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
_PLY_TYPES = {
    **dict.fromkeys(("char", "int8"), "<i1"),
    **dict.fromkeys(("uchar", "uint8"), "<u1"),
    **dict.fromkeys(("short", "int16"), "<i2"),
    **dict.fromkeys(("ushort", "uint16"), "<u2"),
    **dict.fromkeys(("int", "int32"), "<i4"),
    **dict.fromkeys(("uint", "uint32"), "<u4"),
    **dict.fromkeys(("float", "float32"), "<f4"),
    **dict.fromkeys(("double", "float64"), "<f8"),
}


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


def read_ply(data: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Read vertices float64 [V, 3] and triangles int32 [F, 3] of a binary little-endian PLY file.

    All properties but x, y, z and the vertex indices are skipped; faces must be triangles.
    """
    head, found, body = data.partition(b"end_header\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not found or "format binary_little_endian 1.0" not in lines:
        raise DatasetError(f"{name} is no binary little-endian PLY file")
    elements: dict[str, tuple[int, list[list[str]]]] = {}
    for words in (line.split() for line in lines):
        if words[:1] == ["element"]:
            elements[words[1]] = (int(words[2]), [])
        elif words[:1] == ["property"]:
            elements[list(elements)[-1]][1].append(words[1:])
    try:
        count, properties = elements["vertex"]
        kind = np.dtype([(name, _PLY_TYPES[kind]) for kind, name in properties])
        vertices = np.frombuffer(body, kind, count)
        triangles, ((_, size, index, _),) = elements["face"]
        row = np.dtype([("n", _PLY_TYPES[size]), ("v", _PLY_TYPES[index], 3)])
        faces = np.frombuffer(body, row, triangles, vertices.nbytes)
    except (KeyError, ValueError) as error:
        raise DatasetError(f"{name} cannot be read as a mesh: {error}") from error
    if len(faces) == 0 or (faces["n"] != 3).any():
        raise DatasetError(f"{name} has no faces, or faces that are not triangles")
    points = np.stack([vertices[axis] for axis in "xyz"], -1)
    return points.astype(np.float64), faces["v"].astype(np.int32)


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
    rotation, move = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
    raster.project(points, rotation, move, focal, centre, True, screen)
    shape = (camera.height, camera.width)
    depth = np.full(shape, np.inf, np.float32)
    triangle, weights = np.full(shape, -1, np.int32), np.zeros((*shape, 2), np.float32)
    raster.draw(screen, faces, _NEAR, depth, triangle, weights)
    return depth, triangle, weights
