# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene: who, where, what stands around, seen by which camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.synth import fabric, things
from thfm_ros.synth.library import Library
from thfm_ros.synth.people import PosedPerson, make_person
from thfm_ros.synth.rotations import yaw
from thfm_ros.synth.surroundings import Place, choose_kind, make_place
from thfm_ros.synth.viewpoint import CameraPath, draw_distance, draw_path, full_view, person_view

NOBODY_SHARE, FULL_SHARE = 0.08, 0.27
SECOND_PERSON_SHARE = 0.25
OCCLUDER_SHARE = 0.22
KEEP_OFF_CAMERA_M = 0.35


@dataclass(frozen=True)
class Scene:
    """Everything that a clip shows, over N instants.

    framing: "person" (crop around the first person), "full" (robot's view) or "nobody"
    """

    framing: str
    people: tuple[PosedPerson, ...]
    things: tuple[things.Thing, ...]
    place: Place
    path: CameraPath
    intrinsics: Intrinsics
    distance: float


def choose_framing(rng: np.random.Generator) -> str:
    """Draw a framing."""
    value = rng.random()
    if value < NOBODY_SHARE:
        return "nobody"
    return "full" if value < NOBODY_SHARE + FULL_SHARE else "person"


def make_scene(
    library: Library,
    rng: np.random.Generator,
    times: np.ndarray,
    size: tuple[int, int],
    framing: str | None = None,
    place_kind: str | None = None,
    cast=make_person,
) -> Scene:
    """Draw a scene at `times` [N] seconds for an image of `size` (W, H).

    cast: draws one person from (library, rng, times); people_figures has another one
    """
    framing = choose_framing(rng) if framing is None else framing
    kind = choose_kind(library, rng) if place_kind is None else place_kind
    azimuth = rng.normal(0, 0.25) if kind == "corridor" else rng.uniform(0, 2 * np.pi)
    distance = draw_distance(rng, "full" if framing == "nobody" else framing)
    people = _draw_people(library, rng, times, framing, distance, azimuth, cast)
    target = _target(rng, people, distance)
    path = draw_path(rng, times, target, distance, azimuth)
    people = tuple(p for p in people if _keeps_off(p, path))
    framing = framing if people else "nobody"
    if framing == "person":
        intrinsics = person_view(rng, path, people[0].points, size)
    else:
        intrinsics = full_view(rng, size)
    space = _occupied(people, path)
    place = make_place(library, rng, kind, space, size)
    standing = _draw_things(library, rng, people, path, place, target, framing)
    return Scene(framing, people, standing, place, path, intrinsics, distance)


def _draw_people(library, rng, times, framing, distance, azimuth, cast) -> tuple[PosedPerson, ...]:
    if framing == "nobody":
        return ()
    people = [cast(library, rng, times)]
    if framing == "person":
        more = int(rng.random() < SECOND_PERSON_SHARE)
    else:
        more = int(rng.choice([0, 1, 2, 3], p=[0.5, 0.28, 0.15, 0.07]))
    towards = np.array([np.cos(azimuth), np.sin(azimuth), 0])
    aside = np.array([-towards[1], towards[0], 0])
    for _ in range(more):
        if framing == "person":
            sideways = rng.choice([-1, 1]) * rng.uniform(0.2, 1.2)
            nearer = rng.uniform(-2.0, 0.6)
        else:
            sideways, nearer = rng.normal(0, 0.45 * distance + 0.3), rng.uniform(-3, 0.4 * distance)
        offset = aside * sideways + towards * min(nearer, 0.6 * distance)
        if all(np.linalg.norm((offset - _ground_place(p))[:2]) > 0.5 for p in people):
            people.append(cast(library, rng, times).moved(offset))
    return tuple(people)


def _ground_place(person: PosedPerson) -> np.ndarray:
    middle = person.landmarks[len(person.landmarks) // 2]
    return middle[[skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]]].mean(0)


def _target(rng, people, distance) -> np.ndarray:
    if not people:
        return np.array([0, 0, rng.uniform(0.4, 1.3)])
    points = people[0].points[len(people[0].points) // 2]
    middle = points.mean(0)
    high = points[:, 2].max() * (
        rng.uniform(0.45, 0.85) if distance < 2 else rng.uniform(0.4, 0.65)
    )
    return np.array([middle[0], middle[1], high])


def _keeps_off(person: PosedPerson, path: CameraPath) -> bool:
    """Whether the camera never comes nearer than KEEP_OFF_CAMERA_M to a person's landmarks."""
    gap = np.linalg.norm(person.landmarks - path.origin[:, None], axis=-1)
    return bool(gap.min() > KEEP_OFF_CAMERA_M)


def _occupied(people, path: CameraPath) -> np.ndarray:
    points = [path.origin] + [p.points[:, ::16].reshape(-1, 3) for p in people]
    points = np.concatenate([np.zeros((1, 3)), *points])
    return np.stack([points.min(0), points.max(0)])


def _draw_things(library, rng, people, path, place: Place, target, framing):
    """Furniture around, clutter behind the people, sometimes something in front of them."""
    box = place.surroundings.box
    if place.kind == "photo":
        return tuple(_occluders(library, rng, path, target)) if rng.random() < 0.1 else ()
    if place.kind == "outdoors":
        box = np.array([[-6, 6], [-6, 6], [0, 3]])
    low, high = {"room": (3, 11), "hall": (6, 18), "corridor": (0, 5), "outdoors": (0, 5)}[
        place.kind
    ]
    origin = path.origin[len(path.origin) // 2]
    standing = []
    for k in range(rng.integers(low, high)):
        thing = _draw_thing(library, rng)
        if k < 4 and place.kind != "corridor":
            away = target - origin
            away[2] = 0
            away /= np.linalg.norm(away) + 1e-6
            side = np.array([-away[1], away[0], 0])
            spot = target + away * rng.uniform(0.6, 3.0) + side * rng.normal(0, 0.9)
        else:
            spot = np.array([rng.uniform(*box[0]), rng.uniform(*box[1]), 0])
        spot = _inside(spot, thing, box) * [1, 1, 0]
        if _is_clear(spot, thing, people, path, origin, target):
            standing.append(
                thing.placed(yaw(rng.uniform(0, 2 * np.pi)), spot, rng.uniform(0.85, 1.15))
            )
    if rng.random() < OCCLUDER_SHARE:
        standing += _occluders(library, rng, path, target)
    return tuple(standing)


def _draw_thing(library: Library, rng: np.random.Generator) -> things.Thing:
    if library.things and rng.random() < 0.5:
        thing = library.things[rng.integers(len(library.things))]
        tint = np.ones(3) if rng.random() < 0.6 else fabric.cloth_colour(rng) / 0.3
        return thing.tinted(tint * rng.uniform(0.6, 1.2))
    make = things.MADE[rng.integers(len(things.MADE))]
    return make(rng, library.tiles)


def _inside(spot: np.ndarray, thing: things.Thing, box: np.ndarray) -> np.ndarray:
    margin = 0.5 * np.linalg.norm(thing.size[:2]) + 0.02
    low, high = box[:2, 0] + margin, np.maximum(box[:2, 1] - margin, box[:2, 0] + margin)
    return np.array([*np.clip(spot[:2], low, high), 0.0])


def _is_clear(spot, thing, people, path, origin, target) -> bool:
    """Whether a thing is in nobody's way: no person, not the camera, not the line of sight."""
    reach = 0.5 * np.linalg.norm(thing.size[:2])
    if np.linalg.norm(spot[:2] - origin[:2]) < reach + 0.5:
        return False
    for person in people:
        near = np.linalg.norm(person.landmarks[..., :2] - spot[:2], axis=-1).min()
        if near < reach + 0.15:
            return False
    line = (target - origin)[:2]
    length = np.linalg.norm(line) + 1e-6
    share = np.clip((spot[:2] - origin[:2]) @ line / length**2, 0, 1)
    beside = np.linalg.norm(spot[:2] - origin[:2] - share * line)
    return share > 0.99 or beside > reach + 0.35


def _occluders(library, rng, path, target) -> list[things.Thing]:
    """Something between the camera and the first person: on the floor, or held up to it."""
    thing = _draw_thing(library, rng)
    origin = path.origin[len(path.origin) // 2]
    share = rng.uniform(0.35, 0.75)
    if share * np.linalg.norm(target - origin) < 0.4:
        return []
    aside = rng.choice([-1, 1]) * rng.uniform(0.1, 0.5)
    across = np.cross(target - origin, [0, 0, 1.0])
    spot = origin + (target - origin) * share + across / np.linalg.norm(across) * aside
    on_floor = thing.size[2] > 0.5
    spot[2] = 0 if on_floor else max(0.0, spot[2] - thing.size[2] - rng.uniform(0, 0.5))
    scale = min(1.0, 0.35 * np.linalg.norm(target - origin) / max(thing.size.max(), 0.1))
    return [thing.placed(yaw(rng.uniform(0, 6.3)), spot, scale)]
