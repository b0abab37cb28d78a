# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where it happens: rooms, corridors, halls, panoramas outdoors, photographs; and their light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from thfm_ros.synth import fabric
from thfm_ros.synth.library import Library
from thfm_ros.synth.render.arrays import OUTDOORS, PHOTO, ROOM, Surroundings
from thfm_ros.synth.render.materials import linear

PLACES = {"room": 0.42, "corridor": 0.13, "hall": 0.18, "outdoors": 0.25, "photo": 0.02}
FLOOR, CEILING = 4, 5
FLOOR_FREQUENCY = (0.4, 1.5)


@dataclass(frozen=True)
class Place:
    """Surroundings with their light: harmonics [9, 3] turned by yaw, and a sun or lamp."""

    kind: str
    background: str
    surroundings: Surroundings
    harmonics: np.ndarray
    yaw: float
    sun: np.ndarray
    sun_colour: np.ndarray


def choose_kind(library: Library, rng: np.random.Generator) -> str:
    """Draw a kind of place that the library has backgrounds for."""
    weights = dict(PLACES)
    if not library.panoramas:
        weights["outdoors"] = 0.0
    if not library.photos:
        weights["photo"] = 0.0
    values = np.array(list(weights.values()))
    return str(rng.choice(list(weights), p=values / values.sum()))


def make_place(
    library: Library,
    rng: np.random.Generator,
    kind: str,
    space: np.ndarray,
    size: tuple[int, int],
) -> Place:
    """Draw a place of `kind` around `space` [2, 3], the low and high corner that must stay free.

    size: (width, height) of the image, which photographs are fitted to
    """
    harmonics, yaw, sun, colour, name = _light(library, rng, indoors=kind != "outdoors")
    empty = np.zeros((1, 1, 3), np.float32)
    box, walls = np.zeros((3, 2), np.float32), np.zeros((6, 5), np.float32)
    panels = np.zeros((0, 10), np.float32)
    ground = np.full(6, -2.0, np.float32)
    picture, background, detail = empty, "made-room", 0.0
    if kind == "outdoors":
        panorama = next(p for p in library.panoramas if p.name == name)
        picture, background, number = panorama.image, name, OUTDOORS
        detail = float(rng.choice([0.0, rng.uniform(0.1, 0.5)], p=[0.3, 0.7]))
        if rng.random() < 0.6:
            tint = linear(np.clip(rng.uniform(0.5, 0.85) + rng.normal(0, 0.04, 3), 0.1, 1))
            tile, frequency = rng.choice(library.tiles), rng.uniform(*FLOOR_FREQUENCY)
            ground = np.array([tile, frequency, *tint, rng.uniform(6, 25)], np.float32)
    elif kind == "photo":
        chosen = library.photos[rng.integers(len(library.photos))]
        background, number = chosen[0], PHOTO
        picture = _fitted_photo(rng, chosen[1], size)
    else:
        number = ROOM
        box = _room_box(rng, kind, space)
        walls = _room_walls(library, rng)
        panels = _panels(library, rng, box, kind)
    contacts = np.zeros((0, 3), np.float32)
    around = Surroundings(number, box, walls, panels, picture, ground, contacts, detail)
    return Place(kind, background, around, harmonics, yaw, sun, colour)


def _light(library: Library, rng: np.random.Generator, indoors: bool):
    heading = rng.uniform(0, 2 * np.pi)
    if library.panoramas:
        panorama = library.panoramas[rng.integers(len(library.panoramas))]
        harmonics, name = panorama.harmonics, panorama.name
    else:
        panorama, name = None, ""
        harmonics = np.zeros((9, 3), np.float32)
        harmonics[0] = 1.5
        harmonics[2] = 0.8
    if indoors or panorama is None:
        # Even light with a lamp above; cameras balance most of a room's tint away.
        harmonics = harmonics * 0.5 + 0.5 * _even(harmonics)
        harmonics = harmonics * (harmonics[0].mean() / harmonics[0]) ** 0.7
        harmonics = harmonics * (1 + rng.normal(0, 0.05, 3))
        sun = np.array([rng.normal(), rng.normal(), abs(rng.normal()) + 0.8])
        colour = np.full(3, rng.choice([0.0, 0.3, 0.8, 1.6])) * (1 + rng.normal(0, 0.1, 3))
        return harmonics, heading, sun, np.maximum(colour, 0), name
    c, s = np.cos(heading), np.sin(heading)
    x, y, z = panorama.sun
    sun = np.array([c * x + s * y, -s * x + c * y, max(z, 0.25)])
    return harmonics, heading, sun, np.clip(panorama.sun_power, 0, 3.0), name


def _even(harmonics: np.ndarray) -> np.ndarray:
    even = np.zeros_like(harmonics)
    even[0], even[2] = harmonics[0], 0.35 * harmonics[0]
    return even


def _room_box(rng: np.random.Generator, kind: str, space: np.ndarray) -> np.ndarray:
    low, high = space
    side = {"room": (0.5, 2.5), "corridor": (0.3, 0.8), "hall": (2.0, 9.0)}[kind]
    along = (2.0, 12.0) if kind == "corridor" else side
    box = np.zeros((3, 2), np.float32)
    for axis, margin in ((0, along), (1, side)):
        box[axis] = low[axis] - rng.uniform(*margin), high[axis] + rng.uniform(*margin)
    ceiling = rng.uniform(3.5, 7.0) if kind == "hall" else rng.uniform(2.3, 3.2)
    box[2] = 0, max(ceiling, high[2] + 0.1)
    return box


def _room_walls(library: Library, rng: np.random.Generator) -> np.ndarray:
    walls = np.zeros((6, 5), np.float32)
    chroma = 0.015 if rng.random() < 0.7 else 0.07
    paint = linear(np.clip(rng.uniform(0.5, 0.97) + rng.normal(0, chroma, 3), 0.1, 1))
    for wall in range(6):
        tiled = rng.random() < (0.25 if wall < FLOOR else (0.7 if wall == FLOOR else 0.12))
        walls[wall, 0] = rng.choice(library.tiles) if tiled else -1
        walls[wall, 1] = rng.uniform(*FLOOR_FREQUENCY)
        same = wall < FLOOR and rng.random() < 0.85
        other = _floor_colour(rng) if wall == FLOOR else fabric.cloth_colour(rng)
        walls[wall, 2:] = paint if same else np.clip(other, 0.05, 1)
    walls[CEILING, 2:] = rng.uniform(0.5, 0.85)
    return walls


def _floor_colour(rng: np.random.Generator) -> np.ndarray:
    """Wood, concrete, stone or linoleum; seldom anything brighter."""
    if rng.random() < 0.15:
        return fabric.cloth_colour(rng)
    warm = np.array([0.55, 0.42, 0.3]) if rng.random() < 0.5 else np.array([0.5, 0.5, 0.48])
    return linear(np.clip(warm * rng.uniform(0.5, 1.5) + rng.normal(0, 0.02, 3), 0.05, 0.9))


def _panels(library: Library, rng: np.random.Generator, box: np.ndarray, kind: str) -> np.ndarray:
    """Doors, windows, pictures, boards and lamps on the walls."""
    panels = []
    for wall in range(FLOOR):
        across = box[1 - wall // 2]
        count = rng.poisson(min(6, (across[1] - across[0]) / (2.0 if kind == "corridor" else 3.0)))
        for _ in range(min(count, 6)):
            panels.append(_wall_panel(library, rng, wall, across, box[2, 1]))
    for _ in range(rng.integers(0, 5)):
        width, depth = rng.uniform(0.3, 1.4), rng.uniform(0.15, 0.6)
        x, y = (rng.uniform(*box[axis]) for axis in (0, 1))
        extent = [x - width / 2, x + width / 2, y - depth / 2, y + depth / 2]
        panels.append([CEILING, *extent, -1, 1, 1, 0.95, 2.5])
    return np.array(panels, np.float32).reshape(-1, 10)


def _wall_panel(
    library: Library, rng, wall: int, across: np.ndarray, ceiling: float
) -> list[float]:
    kind = rng.choice(["door", "window", "picture", "board"], p=[0.3, 0.25, 0.3, 0.15])
    middle = rng.uniform(across[0] + 0.3, across[1] - 0.3)
    colour, tile, emission = fabric.cloth_colour(rng), -1, 0.0
    if kind == "door":
        width, low, high = rng.uniform(0.75, 1.6), 0.0, 2.05
    elif kind == "window":
        width, low, high = rng.uniform(0.6, 2.5), rng.uniform(0.2, 1.0), rng.uniform(1.8, 2.4)
        colour, emission = np.array([0.9, 0.95, 1.0]), rng.uniform(0.6, 2.5)
        tile = rng.choice(library.tiles) if rng.random() < 0.4 else -1
    elif kind == "picture":
        width, low = rng.uniform(0.3, 1.5), rng.uniform(0.9, 1.5)
        high, tile = low + rng.uniform(0.3, 1.0), rng.choice(library.tiles)
    else:
        width, low, high = rng.uniform(0.8, 2.4), rng.uniform(0.7, 1.0), rng.uniform(1.5, 2.1)
        colour = np.full(3, rng.choice([0.02, 0.8]))
        emission = 0.8 if rng.random() < 0.2 else 0.0
    high = min(high, ceiling - 0.1)
    return [wall, middle - width / 2, middle + width / 2, low, high, tile, *colour, emission]


def _fitted_photo(rng: np.random.Generator, photo: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut a random window of the image's aspect from a linear photograph."""
    width, height = size
    limit = min(photo.shape[1] / width, photo.shape[0] / height)
    scale = limit * rng.uniform(0.45, 1.0)
    w, h = int(width * scale), int(height * scale)
    left, top = rng.integers(0, photo.shape[1] - w + 1), rng.integers(0, photo.shape[0] - h + 1)
    window = photo[top : top + h, left : left + w]
    if rng.random() < 0.5:
        window = window[:, ::-1]
    return np.ascontiguousarray(cv2.resize(window, size, interpolation=cv2.INTER_AREA))
