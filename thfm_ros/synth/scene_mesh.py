# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene's triangles at any instant, as the renderer takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.synth.person_mesh import DressedPerson
from thfm_ros.synth.render import raster
from thfm_ros.synth.render.arrays import Mesh, Surfaces, Surroundings
from thfm_ros.synth.render.materials import COLUMNS
from thfm_ros.synth.scene import Scene
from thfm_ros.synth.things import Thing

FOOT_REACH_M = 0.16
_FEET = [skeleton.INDEX[f"{s}_{p}"] for s in ("left", "right") for p in ("heel", "foot_index")]


@dataclass(frozen=True)
class _Piece:
    """What stays the same of one person or thing; fields as in render.arrays.Mesh."""

    faces: np.ndarray
    albedo: np.ndarray
    pattern: np.ndarray
    canonical: np.ndarray
    occlusion: np.ndarray
    material: np.ndarray
    axis: np.ndarray
    owner: np.ndarray
    part: np.ndarray
    rows: np.ndarray


def _person_piece(dressed: DressedPerson, owner: int) -> _Piece:
    return _Piece(
        dressed.faces,
        dressed.albedo,
        dressed.pattern,
        dressed.canonical,
        dressed.occlusion,
        dressed.material,
        dressed.axis,
        np.full(len(dressed.faces), owner, np.int16),
        dressed.part,
        dressed.materials,
    )


def _thing_piece(thing: Thing) -> _Piece:
    vertices = len(thing.vertices)
    triangles = vertices // 3
    return _Piece(
        np.arange(vertices, dtype=np.int32).reshape(-1, 3),
        thing.albedo,
        thing.pattern,
        np.zeros((vertices, 3), np.float32),
        np.ones(vertices, np.float32),
        thing.material,
        np.zeros(triangles, np.int8),
        np.zeros(triangles, np.int16),
        np.zeros(triangles, np.uint8),
        thing.rows,
    )


class SceneMesh:
    """Builds the Mesh of a scene at any instant; all but points and normals is joined once."""

    def __init__(self, scene: Scene, atlas: np.ndarray) -> None:
        self._scene = scene
        seats = [person.seat for person in scene.people if person.seat is not None]
        standing = [*scene.things, *seats]
        held = [thing for person in scene.people for thing in person.held[0]]
        pieces = [_person_piece(p.dressed, k + 1) for k, p in enumerate(scene.people)]
        pieces += [_thing_piece(thing) for thing in [*standing, *held]]
        rows = [piece.rows for piece in pieces]
        self.surfaces = Surfaces(_join(rows or [np.zeros((1, COLUMNS), np.float32)]), atlas)
        self._fixed = _join_pieces(pieces)
        self._standing_points = [thing.vertices for thing in standing]
        on_floor = [thing for thing in standing if thing.vertices[:, 2].min() < 0.05]
        self._standing_contacts = [_footprint(thing) for thing in on_floor]

    def at(self, instant: int) -> Mesh:
        """Return the mesh at one instant."""
        people = [person.points[instant] for person in self._scene.people]
        held = [t.vertices for person in self._scene.people for t in person.held[instant]]
        points = _join([*people, *self._standing_points, *held], (3,))
        normals = np.empty_like(points)
        raster.vertex_normals(points, self._fixed["faces"], normals)
        return Mesh(points=points, normals=normals, **self._fixed)

    def surroundings(self, instant: int) -> Surroundings:
        """Return the surroundings with the floor darkened around feet and furniture."""
        feet = [person.landmarks[instant, _FEET] for person in self._scene.people]
        contacts = [np.column_stack([f[:, :2], FOOT_REACH_M + f[:, 2]]) for f in feet]
        joined = _join(contacts + self._standing_contacts, (3,)).astype(np.float32)
        return self._scene.place.surroundings._replace(contacts=joined)


def _join_pieces(pieces: list[_Piece]) -> dict[str, np.ndarray]:
    """Join all fields but the material rows; faces and materials are renumbered."""
    vertex = np.cumsum([0] + [len(piece.albedo) for piece in pieces])
    row = np.cumsum([0] + [len(piece.rows) for piece in pieces])
    faces = [piece.faces + first for piece, first in zip(pieces, vertex, strict=False)]
    materials = [piece.material + first for piece, first in zip(pieces, row, strict=False)]
    return {
        "faces": _join(faces, (3,), np.int32),
        "albedo": _join([piece.albedo for piece in pieces], (3,)),
        "pattern": _join([piece.pattern for piece in pieces], (3,)),
        "canonical": _join([piece.canonical for piece in pieces], (3,)),
        "occlusion": _join([piece.occlusion for piece in pieces]),
        "material": _join(materials, (), np.int32),
        "axis": _join([piece.axis for piece in pieces], (), np.int8),
        "owner": _join([piece.owner for piece in pieces], (), np.int16),
        "part": _join([piece.part for piece in pieces], (), np.uint8),
    }


def _footprint(thing: Thing) -> np.ndarray:
    low, high = thing.vertices.min(0), thing.vertices.max(0)
    x, y = (low[:2] + high[:2]) / 2
    return np.array([[x, y, 0.35 * np.linalg.norm((high - low)[:2]) + 0.05]])


def _join(arrays: list, tail: tuple[int, ...] = (), dtype=np.float32) -> np.ndarray:
    if not arrays:
        return np.zeros((0, *tail), dtype)
    return np.ascontiguousarray(np.concatenate(arrays), dtype)
