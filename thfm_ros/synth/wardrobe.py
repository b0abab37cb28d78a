# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clothes, shoes, hats and hair that were modelled by hand, fitted to any identity.

Baked by assets/bake_garments.py; the other clothes are cut from the body's shells (garments.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from thfm_ros.synth.body import Body
from thfm_ros.synth.person_mesh import FROM_BODY, Piece
from thfm_ros.synth.shells import strongest

KINDS = ("clothes", "shoes", "hat", "hair")
WAIST = 0.58
"""Of the body's height: what is lower is trousers or a skirt."""
_WHOLE = 0.5
"""A piece that spans this share of the body's height is a suit, with an upper and a lower half."""


@dataclass(frozen=True)
class Garment:
    """A mesh of N vertices that is bound to the body; fields as bake_garments.FittedMesh has them.

    kind: one of bake_garments.KINDS; vertices of the body are numbered as in body.npz
    """

    name: str
    kind: str
    bound: np.ndarray
    shares: np.ndarray
    offset: np.ndarray
    measures: np.ndarray
    lengths: np.ndarray
    hides: np.ndarray
    faces: np.ndarray
    piece: np.ndarray

    def fit(self, rest: np.ndarray) -> np.ndarray:
        """Return its vertices float32 [N, 3] on a body's rest shape [V, 3], metres."""
        first, second = rest[self.measures[:, 0]], rest[self.measures[:, 1]]
        scale = np.abs(np.diagonal(first - second)) / self.lengths
        on_body = (rest[self.bound] * self.shares[..., None]).sum(1)
        return (on_body + self.offset * scale).astype(np.float32)

    @cached_property
    def wide(self) -> np.ndarray:
        """Of each of the three bound vertices, how much of it counts [N, 3]: 0..1, sum 1."""
        shares = np.clip(self.shares, 0, None)
        return shares / shares.sum(1, keepdims=True).clip(1e-6)

    def attributes(self, body: Body) -> dict[str, np.ndarray]:
        """Return the body's arrays for its vertices: it moves and is labelled as what is below."""
        nearest = self.bound[np.arange(len(self.bound)), self.wide.argmax(1)]
        bones = len(body.bone_names)
        dense = np.zeros((len(nearest), bones), np.float32)
        rows = np.arange(len(nearest))[:, None]
        for corner in range(3):
            vertices, share = self.bound[:, corner], self.wide[:, corner, None]
            np.add.at(dense, (rows, body.bones[vertices]), share * body.weights[vertices])
        weights, numbers = strongest(dense, body.weights.shape[1])
        values = {"weights": weights, "bones": numbers, "part": body.part[nearest]}
        for name in ("pattern", "canonical", "occlusion"):
            corners = getattr(body, name)[self.bound]
            wide = self.wide.reshape(*self.wide.shape, *(1,) * (corners.ndim - 2))
            values[name] = (corners * wide).sum(1).astype(np.float32)
        return {name: values[name] for name in FROM_BODY}

    def zones(self, body: Body) -> np.ndarray:
        """Return a number for each face [F]: faces of one zone are of one cloth.

        Zones are connected pieces; one from neck to ankles is parted at the waist.
        """
        floor, top = body.template[:, 2].min(), body.template[:, 2].max()
        height = (body.template[self.bound, 2] * self.wide).sum(1)
        height = (height - floor) / (top - floor)
        zone = self.piece.copy()
        for piece in np.unique(self.piece):
            of_it = self.piece == piece
            if np.ptp(height[of_it]) > _WHOLE:
                zone[of_it & (height < WAIST)] += len(zone)
        return zone[self.faces[:, 0]]

    def is_low(self, body: Body, faces: np.ndarray) -> bool:
        """Whether some of its faces are trousers, a skirt or below."""
        floor, top = body.template[:, 2].min(), body.template[:, 2].max()
        height = body.template[self.bound[self.faces[faces].ravel()], 2].mean()
        return bool((height - floor) / (top - floor) < WAIST)


def load_wardrobe(path: Path) -> tuple[Garment, ...]:
    """Read garments.npz; nothing where there is none."""
    if not path.exists():
        return ()
    with np.load(path) as file:
        names = sorted({key.rsplit("/", 1)[0] for key in file.files})
        fields = sorted({key.rsplit("/", 1)[1] for key in file.files})
        return tuple(
            Garment(
                name=name.split("/")[1],
                kind=name.split("/")[0],
                **{field: file[f"{name}/{field}"] for field in fields},
            )
            for name in names
        )


def pieces_of(
    garment: Garment,
    body: Body,
    rest: np.ndarray,
    looks: dict[int, tuple[np.ndarray, int]],
    zones: np.ndarray,
) -> Piece:
    """Return a garment on a rest shape as one piece of a person.

    looks: of each zone, colour [3] and material row; zones: what `Garment.zones` gave
    """
    albedo = np.empty((len(garment.bound), 3), np.float32)
    rows = np.empty(len(garment.faces), int)
    for zone, (colour, row) in looks.items():
        faces = zones == zone
        albedo[garment.faces[faces].ravel()] = colour
        rows[faces] = row
    return Piece(garment.fit(rest), garment.faces, rows, albedo, garment.attributes(body))
