# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What stands around: furniture, clutter behind people, sometimes something in front of them."""

from __future__ import annotations

import numpy as np

from thfm_ros.synth import fabric, things
from thfm_ros.synth.library import Library
from thfm_ros.synth.people import PosedPerson
from thfm_ros.synth.rotations import yaw
from thfm_ros.synth.surroundings import Place
from thfm_ros.synth.viewpoint import CameraPath

OCCLUDER_SHARE, PHOTO_OCCLUDER_SHARE = 0.22, 0.1
COUNTS = {"room": (3, 11), "hall": (6, 18), "corridor": (0, 5), "outdoors": (0, 5)}
BEHIND_PEOPLE = 4
"""So many things are placed behind the target, where a crop sees them; the rest anywhere."""
OUTDOOR_BOX = np.array([[-6, 6], [-6, 6], [0, 3]])
FROM_CAMERA_M, FROM_PEOPLE_M, FROM_SIGHT_M = 0.5, 0.15, 0.35
BAKED_SHARE = 0.5


def furnish(
    library: Library,
    rng: np.random.Generator,
    place: Place,
    people: tuple[PosedPerson, ...],
    path: CameraPath,
    target: np.ndarray,
) -> tuple[things.Thing, ...]:
    """Draw the things of a scene whose camera looks at `target` [3]."""
    origin = path.origin[len(path.origin) // 2]
    if place.kind == "photo":
        hidden = rng.random() < PHOTO_OCCLUDER_SHARE
        return tuple(_occluder(library, rng, origin, target)) if hidden else ()
    box = OUTDOOR_BOX if place.kind == "outdoors" else place.surroundings.box
    standing = []
    for k in range(rng.integers(*COUNTS[place.kind])):
        thing = _draw_thing(library, rng)
        behind = k < BEHIND_PEOPLE and place.kind != "corridor"
        spot = _behind(rng, origin, target) if behind else _anywhere(rng, box)
        spot = _inside(spot, thing, box)
        if _is_clear(spot, thing, people, origin, target):
            rotation = yaw(rng.uniform(0, 2 * np.pi))
            standing.append(thing.placed(rotation, spot, rng.uniform(0.85, 1.15)))
    if rng.random() < OCCLUDER_SHARE:
        standing += _occluder(library, rng, origin, target)
    return tuple(standing)


def _draw_thing(library: Library, rng: np.random.Generator) -> things.Thing:
    if library.things and rng.random() < BAKED_SHARE:
        thing = library.things[rng.integers(len(library.things))]
        tint = np.ones(3) if rng.random() < 0.6 else fabric.cloth_colour(rng) / 0.3
        return thing.tinted(tint * rng.uniform(0.6, 1.2))
    make = things.MADE[rng.integers(len(things.MADE))]
    return make(rng, library.tiles)


def _behind(rng: np.random.Generator, origin: np.ndarray, target: np.ndarray) -> np.ndarray:
    away = (target - origin) * np.array([1, 1, 0])
    away /= np.linalg.norm(away) + 1e-6
    side = np.array([-away[1], away[0], 0])
    return target + away * rng.uniform(0.6, 3.0) + side * rng.normal(0, 0.9)


def _anywhere(rng: np.random.Generator, box: np.ndarray) -> np.ndarray:
    return np.array([rng.uniform(*box[0]), rng.uniform(*box[1]), 0])


def _inside(spot: np.ndarray, thing: things.Thing, box: np.ndarray) -> np.ndarray:
    """Move a place on the floor so far from the walls that the thing can turn there."""
    margin = 0.5 * np.linalg.norm(thing.size[:2]) + 0.02
    low, high = box[:2, 0] + margin, np.maximum(box[:2, 1] - margin, box[:2, 0] + margin)
    return np.array([*np.clip(spot[:2], low, high), 0.0])


def _is_clear(spot, thing, people, origin, target) -> bool:
    """Whether a thing is in nobody's way: no person, not the camera, not the line of sight."""
    reach = 0.5 * np.linalg.norm(thing.size[:2])
    if np.linalg.norm(spot[:2] - origin[:2]) < reach + FROM_CAMERA_M:
        return False
    for person in people:
        near = np.linalg.norm(person.landmarks[..., :2] - spot[:2], axis=-1).min()
        if near < reach + FROM_PEOPLE_M:
            return False
    line = (target - origin)[:2]
    share = np.clip((spot[:2] - origin[:2]) @ line / (line @ line + 1e-6), 0, 1)
    beside = np.linalg.norm(spot[:2] - origin[:2] - share * line)
    return bool(share > 0.99 or beside > reach + FROM_SIGHT_M)


def _occluder(library, rng, origin, target) -> list[things.Thing]:
    """Something between the camera and the target: tall things stand, small ones are held up."""
    thing = _draw_thing(library, rng)
    distance, share = np.linalg.norm(target - origin), rng.uniform(0.35, 0.75)
    if share * distance < 0.4:
        return []
    across = np.cross(target - origin, [0, 0, 1.0])
    aside = rng.choice([-1, 1]) * rng.uniform(0.1, 0.5)
    spot = origin + (target - origin) * share + across / np.linalg.norm(across) * aside
    stands = thing.size[2] > 0.5
    spot[2] = 0 if stands else max(0.0, spot[2] - thing.size[2] - rng.uniform(0, 0.5))
    scale = min(1.0, 0.35 * distance / max(thing.size.max(), 0.1))
    return [thing.placed(yaw(rng.uniform(0, 2 * np.pi)), spot, scale)]
