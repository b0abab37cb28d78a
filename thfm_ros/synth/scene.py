# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene: who, where, what stands around, seen by which camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.synth.furnishing import furnish
from thfm_ros.synth.library import Library
from thfm_ros.synth.people import PosedPerson, make_person
from thfm_ros.synth.surroundings import Place, choose_kind, make_place
from thfm_ros.synth.things import Thing
from thfm_ros.synth.viewpoint import CameraPath, draw_distance, draw_path, full_view, person_view

NOBODY_SHARE, FULL_SHARE = 0.08, 0.27
SECOND_PERSON_SHARE = 0.25
KEEP_OFF_CAMERA_M = 0.35
_ATTEMPTS = 40


@dataclass(frozen=True)
class Scene:
    """Everything that a clip shows, over N instants.

    framing: "person" (crop around the first person), "full" (robot's view) or "nobody"
    """

    framing: str
    people: tuple[PosedPerson, ...]
    things: tuple[Thing, ...]
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
    crowd: tuple[int, int] | None = None,
) -> Scene:
    """Draw a scene at `times` [N] seconds for an image of `size` (W, H).

    cast:  draws one person from (library, rng, times); people_figures has another one
    crowd: fewest and most people; None = mostly one, now and then more or nobody
    """
    framing = _choose_framing(rng, crowd) if framing is None else framing
    kind = choose_kind(library, rng) if place_kind is None else place_kind
    azimuth = rng.normal(0, 0.25) if kind == "corridor" else rng.uniform(0, 2 * np.pi)
    distance = draw_distance(rng, "full" if framing == "nobody" else framing)
    for _ in range(_ATTEMPTS):
        people = _draw_people(library, rng, times, framing, distance, azimuth, cast, crowd)
        target = _target(rng, people, distance)
        path = draw_path(rng, times, target, distance, azimuth)
        people = tuple(p for p in people if _keeps_off(p, path))
        if crowd is None or crowd[0] <= len(people) <= crowd[1]:
            break
    framing = framing if people else "nobody"
    if framing == "person":
        intrinsics = person_view(rng, path, people[0].points, size)
    else:
        intrinsics = full_view(rng, size)
    space = _occupied(people, path)
    place = make_place(library, rng, kind, space, size)
    standing = furnish(library, rng, place, people, path, target)
    return Scene(framing, people, standing, place, path, intrinsics, distance)


def _choose_framing(rng: np.random.Generator, crowd: tuple[int, int] | None) -> str:
    if crowd is None:
        return choose_framing(rng)
    if crowd[1] == 0:
        return "nobody"
    return "full" if rng.random() < FULL_SHARE / (1 - NOBODY_SHARE) else "person"


def _draw_people(
    library, rng, times, framing, distance, azimuth, cast, crowd
) -> tuple[PosedPerson, ...]:
    if framing == "nobody":
        return ()
    people = [cast(library, rng, times)]
    if crowd is not None:
        more = int(rng.integers(crowd[0], crowd[1] + 1)) - 1
    elif framing == "person":
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
