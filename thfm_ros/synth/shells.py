# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clothing shells refined: the coarse helper meshes of the body, every triangle split in four.

A midpoint is lifted towards the tangent planes of its edge's ends (Boubekeur and Alexa, Phong
tessellation, 2008), so that cloth is as round as its normals say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros.synth.render import raster

ROUNDNESS = 0.75
_CORNERS = ((0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5))
"""The four triangles of (a, b, c, ab, bc, ca)."""


@dataclass(frozen=True)
class Shell:
    """A refined shell of V coarse vertices, E edges and F coarse faces; V + E vertices in all.

    edges: int32 [E, 2]; faces: int32 [F, 3]; fine: int32 [4 F, 3], midpoints follow the vertices
    place: float32 [V + E, 3], on the template, metres above the floor
    Other arrays are those of the body, for all V + E vertices.
    """

    edges: np.ndarray
    faces: np.ndarray
    fine: np.ndarray
    weights: np.ndarray
    bones: np.ndarray
    pattern: np.ndarray
    canonical: np.ndarray
    occlusion: np.ndarray
    part: np.ndarray
    region: np.ndarray
    along: np.ndarray
    place: np.ndarray

    @property
    def coarse(self) -> int:
        """V, the number of coarse vertices."""
        return len(self.part) - len(self.edges)

    def refine(self, points: np.ndarray) -> np.ndarray:
        """Return points float32 [V + E, 3] for coarse ones [V, 3]."""
        normals = np.empty_like(points)
        raster.vertex_normals(points, self.faces, normals)
        first, second = points[self.edges[:, 0]], points[self.edges[:, 1]]
        middle = 0.5 * (first + second)
        lift = np.zeros_like(middle)
        for end, k in ((first, 0), (second, 1)):
            normal = normals[self.edges[:, k]]
            lift -= 0.5 * ROUNDNESS * ((middle - end) * normal).sum(1, keepdims=True) * normal
        return np.concatenate([points, middle + lift])


def make_shell(faces: np.ndarray, attributes: dict[str, np.ndarray], bone_count: int) -> Shell:
    """Refine a shell with faces [F, 3] and per-vertex arrays of the body [V, ...]."""
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges, place = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True)
    count = len(attributes["part"])
    middles = place.reshape(3, -1).T + count
    six = np.concatenate([faces, middles], 1)
    fine = np.stack([six[:, list(corners)] for corners in _CORNERS], 1).reshape(-1, 3)
    weights, bones = _blend(attributes["weights"], attributes["bones"], edges, bone_count)
    blended = {
        name: np.concatenate([attributes[name], attributes[name][edges].mean(1)])
        for name in ("pattern", "canonical", "occlusion", "along", "place")
    }
    return Shell(
        edges.astype(np.int32),
        faces.astype(np.int32),
        fine.astype(np.int32),
        np.concatenate([attributes["weights"], weights]).astype(np.float32),
        np.concatenate([attributes["bones"], bones]).astype(np.int32),
        **{
            name: np.concatenate([attributes[name], attributes[name][edges[:, 0]]])
            for name in ("part", "region")
        },
        **{name: array.astype(np.float32) for name, array in blended.items()},
    )


def _blend(weights, bones, edges, bone_count) -> tuple[np.ndarray, np.ndarray]:
    """Mean skinning weights of both ends of each edge, cut to as many bones as a vertex has."""
    dense = np.zeros((len(edges), bone_count), np.float32)
    rows = np.arange(len(edges))[:, None]
    for end in edges.T:
        np.add.at(dense, (rows, bones[end]), 0.5 * weights[end])
    return strongest(dense, weights.shape[1])


def strongest(dense: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `count` largest of each vertex' skinning weights [V, bones], and their bones."""
    bones = np.argsort(-dense, 1)[:, :count]
    kept = np.take_along_axis(dense, bones, 1)
    return kept / kept.sum(1, keepdims=True), bones.astype(np.int32)
