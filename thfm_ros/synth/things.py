# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Things that stand around, are sat on or carried: baked furniture, and boxes put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from thfm_ros.synth import fabric
from thfm_ros.synth.render import materials
from thfm_ros.synth.render.materials import linear, material

_AXES_OF_SIDES = ((1, 2), (1, 2), (0, 2), (0, 2), (0, 1), (0, 1))
"""Which edges of a box its six sides' u and v run along; sides come in pairs, low and high."""


def _unit_box():
    """Return corners [36, 3] of a unit box, and u, v of each with the edges they run along."""
    vertices, u, v, u_edge, v_edge = [], [], [], [], []
    for side, (across, up) in enumerate(_AXES_OF_SIDES):
        normal = 3 - across - up
        for a, b in ((0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)):
            corner = np.empty(3)
            corner[[across, up, normal]] = a, b, side % 2
            vertices.append(corner - 0.5)
            u.append(a)
            v.append(b)
            u_edge.append(across)
            v_edge.append(up)
    return (np.array(column) for column in (vertices, u, v, u_edge, v_edge))


_BOX_VERTICES, _BOX_U, _BOX_V, _BOX_U_EDGE, _BOX_V_EDGE = _unit_box()


@dataclass(frozen=True)
class Thing:
    """A rigid mesh with unshared corners (flat faces): V = 3 F vertices, metres, standing on z = 0.

    pattern: float32 [V, 3], where FACED materials look up their tile
    rows:    float32 [R, COLUMNS], its materials; `material` [F] indexes them
    """

    name: str
    vertices: np.ndarray
    albedo: np.ndarray
    pattern: np.ndarray
    material: np.ndarray
    rows: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """Width, depth and height in metres."""
        return np.ptp(self.vertices, axis=0)

    def placed(self, rotation: np.ndarray, position: np.ndarray, scale: float = 1.0) -> Thing:
        """Return the thing turned, scaled and moved."""
        vertices = (self.vertices * scale) @ np.asarray(rotation, np.float32).T + position
        return replace(self, vertices=vertices.astype(np.float32))

    def tinted(self, tint: np.ndarray) -> Thing:
        """Return the thing in other colours: its own, times `tint`."""
        albedo = np.clip(self.albedo * tint, 0.01, 0.95).astype(np.float32)
        return replace(self, albedo=albedo)


def from_baked(name: str, vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray) -> Thing:
    """Make a thing of baked furniture: shared vertices, one linear colour a face."""
    corners = vertices.astype(np.float32)[faces.astype(np.int64)].reshape(-1, 3)
    albedo = np.repeat(np.clip(colours.astype(np.float32), 0.01, 0.95), 3, 0)
    rows = material(gloss=0.1)[None]
    return Thing(name, corners, albedo, corners, np.zeros(len(faces), np.int32), rows)


def boxes(name: str, parts: list[tuple], rows: np.ndarray | None = None) -> Thing:
    """Make a thing of boxes: parts are (centre [3], size [3], colour [3], material row number)."""
    rows = material(gloss=0.1)[None] if rows is None else rows
    centres, sizes, colours, numbers = (np.array(column) for column in zip(*parts, strict=True))
    vertices = _BOX_VERTICES * sizes[:, None] + centres[:, None]
    # A face's own u and v, in metres: each runs along one of the box's three edges.
    u = _BOX_U * np.take(sizes, _BOX_U_EDGE, axis=1)
    v = _BOX_V * np.take(sizes, _BOX_V_EDGE, axis=1)
    pattern = np.stack([u, np.zeros_like(u), v], -1)
    corners = len(_BOX_VERTICES)
    return Thing(
        name,
        vertices.reshape(-1, 3).astype(np.float32),
        np.repeat(colours, corners, 0).astype(np.float32),
        pattern.reshape(-1, 3).astype(np.float32),
        np.repeat(numbers, corners // 3).astype(np.int32),
        rows.astype(np.float32),
    )


def _tiled_rows(rng: np.random.Generator, tiles: np.ndarray, count: int) -> np.ndarray:
    """Plain, then `count` rows that show a tile on every face."""
    rows = [material(gloss=0.1)]
    for _ in range(count):
        tile = rng.choice(tiles)
        rows.append(
            material(materials.FACED, tile=tile, frequency=rng.uniform(0.8, 3.0), gloss=0.08)
        )
    return np.stack(rows)


def wood(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear colour of wood, metal or painted furniture."""
    if rng.random() < 0.5:
        return linear(np.array([0.55, 0.4, 0.25]) * rng.uniform(0.4, 1.6))
    return fabric.cloth_colour(rng)


def table(rng: np.random.Generator, tiles: np.ndarray) -> Thing:
    """Return a table or desk with a few boxes and screens on it."""
    width, depth, height = rng.uniform(0.7, 2.0), rng.uniform(0.5, 0.9), rng.uniform(0.45, 0.9)
    colour, leg = wood(rng), wood(rng)
    parts = [((0, 0, height - 0.02), (width, depth, 0.04), colour, int(rng.integers(0, 2)))]
    for x in (-1, 1):
        for y in (-1, 1):
            place = (x * (width / 2 - 0.05), y * (depth / 2 - 0.05), height / 2 - 0.02)
            parts.append((place, (0.05, 0.05, height - 0.04), leg, 0))
    for _ in range(rng.integers(0, 5)):
        size = rng.uniform(0.05, 0.35, 3)
        place = (
            rng.uniform(-0.4, 0.4) * width,
            rng.uniform(-0.3, 0.3) * depth,
            height + size[2] / 2,
        )
        parts.append((place, size, fabric.cloth_colour(rng), int(rng.integers(0, 4))))
    return boxes("table", parts, _tiled_rows(rng, tiles, 3))


def chair(rng: np.random.Generator, height: float, back: bool | None = None) -> Thing:
    """Return a chair or stool whose seat is at `height` metres; it faces -y."""
    colour, leg, width = wood(rng), wood(rng), rng.uniform(0.38, 0.5)
    parts = [((0, 0, height - 0.025), (width, width, 0.05), colour, 0)]
    if rng.random() < 0.7:
        for x in (-1, 1):
            for y in (-1, 1):
                place = (x * (width / 2 - 0.03), y * (width / 2 - 0.03), (height - 0.05) / 2)
                parts.append((place, (0.035, 0.035, height - 0.05), leg, 0))
    else:
        parts.append(
            ((0, 0, (height - 0.05) / 2), (width * 0.9, width * 0.9, height - 0.05), leg, 0)
        )
    if back if back is not None else rng.random() < 0.6:
        tall = rng.uniform(0.3, 0.55)
        parts.append(((0, width / 2 + 0.02, height + tall / 2), (width, 0.04, tall), colour, 0))
    return boxes("chair", parts)


def shelf(rng: np.random.Generator, tiles: np.ndarray) -> Thing:
    """Return a rack with boards and goods, as in a shop, a store room or a living room."""
    width, depth, height = rng.uniform(0.8, 2.4), rng.uniform(0.3, 0.6), rng.uniform(1.0, 2.4)
    colour = wood(rng)
    parts = [
        ((side * width / 2, 0, height / 2), (0.04, depth, height), colour, 0) for side in (-1, 1)
    ]
    if rng.random() < 0.6:
        parts.append(((0, depth / 2, height / 2), (width, 0.02, height), colour * 0.8, 0))
    levels = int(rng.integers(2, 6))
    for level in range(levels):
        base = 0.08 + level * (height - 0.1) / levels
        parts.append(((0, 0, base), (width, depth, 0.03), colour, 0))
        x = -width / 2 + 0.06
        while x < width / 2 - 0.1:
            wide, tall = rng.uniform(0.04, 0.4), rng.uniform(0.08, 0.9 * (height - 0.1) / levels)
            if rng.random() < 0.8 and x + wide < width / 2:
                deep = depth * rng.uniform(0.5, 0.9)
                place = (x + wide / 2, -0.05 * depth, base + 0.015 + tall / 2)
                row = int(rng.integers(0, 6))
                parts.append((place, (wide * 0.95, deep, tall), fabric.cloth_colour(rng), row))
            x += wide
    return boxes("shelf", parts, _tiled_rows(rng, tiles, 5))


def crates(rng: np.random.Generator, tiles: np.ndarray) -> Thing:
    """Return a stack of cartons or a pallet."""
    parts, height = [], 0.0
    cardboard = linear(np.array([0.65, 0.5, 0.34]) * rng.uniform(0.6, 1.3))
    for _ in range(rng.integers(1, 5)):
        size = rng.uniform(0.25, 0.8, 3) * [1, 1, 0.7]
        colour = cardboard if rng.random() < 0.6 else fabric.cloth_colour(rng)
        place = (*rng.normal(0, 0.06, 2), height + size[2] / 2)
        parts.append((place, size, colour, int(rng.integers(0, 4))))
        height += size[2]
    return boxes("crates", parts, _tiled_rows(rng, tiles, 3))


def pillar(rng: np.random.Generator, tiles: np.ndarray) -> Thing:
    """Return a pillar, post or locker."""
    size = (rng.uniform(0.08, 0.7), rng.uniform(0.08, 0.7), rng.uniform(1.2, 3.5))
    rows = _tiled_rows(rng, tiles, 1)
    return boxes("pillar", [((0, 0, size[2] / 2), size, wood(rng), int(rng.integers(0, 2)))], rows)


def held(rng: np.random.Generator, tiles: np.ndarray, kind: str) -> Thing:
    """Return a thing to carry, centred on its origin: "small" for one hand, "box" for two."""
    size = rng.uniform(0.2, 0.45, 3) if kind == "box" else rng.uniform(0.02, 0.25, 3) * [1, 0.4, 1]
    rows = _tiled_rows(rng, tiles, 1)
    return boxes(
        "held", [((0, 0, 0), size, fabric.cloth_colour(rng), int(rng.integers(0, 2)))], rows
    )


MADE = (table, shelf, crates, pillar)
"""Things that need no asset: drawn anew for every scene."""
