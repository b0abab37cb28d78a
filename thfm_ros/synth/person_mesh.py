# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The mesh of one dressed person, put together from skin, garments and hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros.synth.body import Body
from thfm_ros.synth.render import raster
from thfm_ros.synth.shells import Shell

FROM_BODY = ("weights", "bones", "pattern", "canonical", "occlusion", "part")


@dataclass(frozen=True)
class DressedPerson:
    """Rest geometry and looks of one person; V vertices, F triangles (see render.arrays.Mesh)."""

    vertices: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    bones: np.ndarray
    albedo: np.ndarray
    pattern: np.ndarray
    canonical: np.ndarray
    occlusion: np.ndarray
    material: np.ndarray
    axis: np.ndarray
    part: np.ndarray
    materials: np.ndarray
    outfit: str
    hair: str


@dataclass(frozen=True)
class Piece:
    """One part of a person: vertices [V, 3], faces [F, 3], material row [F], albedo [V, 3].

    attributes: the body's arrays for these vertices
    """

    vertices: np.ndarray
    faces: np.ndarray
    material: np.ndarray
    albedo: np.ndarray
    attributes: dict[str, np.ndarray]


class Surface:
    """A shell on one body, ready to be cut: fine points and normals."""

    def __init__(self, shell: Shell, points: np.ndarray) -> None:
        self.shell = shell
        self._points = shell.refine(points)
        self._normals = np.empty_like(self._points)
        raster.vertex_normals(self._points, shell.fine, self._normals)

    def piece(self, keep: np.ndarray, offset: np.ndarray, colour: np.ndarray, row: int) -> Piece:
        """Cut out the faces whose corners are kept, moved `offset` [V] metres off the skin."""
        faces = self.shell.fine[all_corners(keep, self.shell.fine)]
        used = np.zeros(len(keep), bool)
        used[faces.ravel()] = True
        moved = self._points[used] + self._normals[used] * offset[used, None].astype(np.float32)
        return Piece(
            moved,
            (np.cumsum(used) - 1)[faces],
            np.full(len(faces), row),
            np.tile(np.asarray(colour, np.float32), (len(moved), 1)),
            {name: getattr(self.shell, name)[used] for name in FROM_BODY},
        )


def skin_piece(
    body: Body, rest: np.ndarray, albedo: np.ndarray, hidden: np.ndarray, scalp: int, eyes: int
) -> Piece:
    """Return body and eyes without hidden skin; scalp and eyes name their material rows."""
    skin = body.skin_faces[~all_corners(hidden, body.skin_faces)]
    naked = slice(0, body.ranges["right_eye"].stop)
    rows = np.where(all_corners(body.scalp > 0.5, skin), scalp, 0)
    return Piece(
        rest[naked],
        np.concatenate([skin, body.eye_faces]),
        np.concatenate([rows, np.full(len(body.eye_faces), eyes)]),
        albedo[naked],
        {name: getattr(body, name)[naked] for name in FROM_BODY},
    )


def assemble(pieces: list[Piece], rows: np.ndarray, outfit: str, hair: str) -> DressedPerson:
    """Join pieces into one mesh."""
    first = np.cumsum([0] + [len(piece.vertices) for piece in pieces])
    faces = [piece.faces + start for piece, start in zip(pieces, first, strict=False)]
    faces = np.concatenate(faces).astype(np.int32)
    vertices = np.concatenate([piece.vertices for piece in pieces])
    joined = {
        name: np.concatenate([piece.attributes[name] for piece in pieces]) for name in FROM_BODY
    }
    part = joined.pop("part")
    return DressedPerson(
        vertices=vertices,
        faces=faces,
        albedo=np.concatenate([piece.albedo for piece in pieces]),
        material=np.concatenate([piece.material for piece in pieces]).astype(np.int32),
        axis=_faces_sideways(vertices, faces),
        part=part[faces[:, 0]],
        materials=rows.astype(np.float32),
        outfit=outfit,
        hair=hair,
        **joined,
    )


def all_corners(chosen: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Which faces have all three corners chosen; much faster than ``chosen[faces].all(1)``."""
    return chosen[faces[:, 0]] & chosen[faces[:, 1]] & chosen[faces[:, 2]]


def _faces_sideways(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """1 where a face looks more to the side than to the front or back, int8 [F]."""
    x, y, z = vertices.T
    a, b, c = faces.T
    ux, uy, uz = x[b] - x[a], y[b] - y[a], z[b] - z[a]
    vx, vy, vz = x[c] - x[a], y[c] - y[a], z[c] - z[a]
    return (np.abs(uy * vz - uz * vy) > np.abs(uz * vx - ux * vz)).astype(np.int8)
