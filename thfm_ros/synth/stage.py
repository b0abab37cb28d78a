# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rehearsed scenes before a camera that stands still: people who cross, hide, leave and return."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.synth.artefacts import draw_look
from thfm_ros.synth.clips import Clip, film
from thfm_ros.synth.library import Library
from thfm_ros.synth.motion.procedural import make_motion
from thfm_ros.synth.people import PosedPerson, make_person
from thfm_ros.synth.rotations import yaw
from thfm_ros.synth.scene import Scene
from thfm_ros.synth.surroundings import make_place
from thfm_ros.synth.viewpoint import CameraPath

RATE_HZ = 10
CAMERA_HEIGHT_M = 1.2
FIELD_OF_VIEW_DEG = 60.0
_TURNING_S = 0.4
_LOOKING = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""Rows right, down and forward of a camera that looks along y."""


@dataclass(frozen=True)
class Walk:
    """Where one person is, and when: (seconds, metres to the right, metres away), straight between.

    Of one place only: stands there.
    """

    places: tuple[tuple[float, float, float], ...]

    def at(self, times: np.ndarray) -> np.ndarray:
        """Return x and y in the world [N, 2] at `times` [N]; before and after, it stands."""
        seconds, x, y = np.array(self.places).T
        return np.stack([np.interp(times, seconds, x), np.interp(times, seconds, y)], 1)


@dataclass(frozen=True)
class Stage:
    """What happens in one scene."""

    seconds: float
    walks: tuple[Walk, ...]


def _standing(*spots: tuple[float, float]) -> tuple[Walk, ...]:
    return tuple(Walk(((0.0, x, y),)) for x, y in spots)


STAGES = {
    "nobody": Stage(1.0, ()),
    # The farther one is hidden by the nearer one in the middle.
    "crossing": Stage(
        4.0, (Walk(((0.0, -1.2, 2.6), (4.0, 1.2, 2.6))), Walk(((0.0, 1.7, 3.7), (4.0, -1.7, 3.7))))
    ),
    # One goes behind the other, waits there, and comes out where it went in.
    "turning_back": Stage(
        5.0,
        (
            Walk(((0.0, 0.0, 2.4),)),
            Walk(((0.0, 1.7, 3.6), (2.0, 0.05, 3.6), (2.5, 0.05, 3.6), (5.0, 1.7, 3.6))),
        ),
    ),
    # One stays, the other is out of the picture for about two seconds.
    "leaving": Stage(
        6.0,
        (
            Walk(((0.0, -0.7, 3.2),)),
            Walk(((0.0, 0.4, 2.8), (1.8, 2.4, 2.8), (3.8, 2.4, 2.8), (6.0, 0.4, 2.8))),
        ),
    ),
    "several": Stage(2.0, _standing((-1.2, 3.4), (0.1, 2.9), (1.3, 3.6))),
    "crowd": Stage(
        2.0, _standing((-1.7, 4.0), (-1.0, 3.7), (-0.3, 4.1), (0.4, 3.8), (1.1, 4.0), (1.8, 4.2))
    ),
}


def make_stage(library: Library, name: str, size: tuple[int, int], seed: int = 0) -> Clip:
    """Render a scene of STAGES for an image of `size` (W, H); the same arguments, the same bytes.

    seed: who the people are, where it happens, and what the camera does to light
    """
    if name not in STAGES:
        raise ValueError(f"stage is {name!r}, allowed is one of {', '.join(STAGES)}")
    stage = STAGES[name]
    rng = np.random.default_rng(seed)
    look = replace(draw_look(rng), shutter_s=0.0)
    times = np.arange(round(stage.seconds * RATE_HZ)) / RATE_HZ
    people = tuple(_walking(library, rng, times, walk) for walk in stage.walks)
    scene = _before_the_camera(library, rng, people, len(times), size)
    about = {
        "seed": seed,
        "split": library.split,
        "stage": name,
        "motions": [person.motion.name for person in people],
        "fps": RATE_HZ,
        "stride": 1,
    }
    return film(scene, library, [[k] for k in range(len(times))], times, look, rng, about)


def _walking(
    library: Library, rng: np.random.Generator, times: np.ndarray, walk: Walk
) -> PosedPerson:
    """Draw a person who is where the walk says, and faces where it goes, or else the camera."""
    motion = make_motion(rng, times, "walk" if len(walk.places) > 1 else "stand")
    # A turn takes a moment: the heading follows the way that is covered around it.
    way = walk.at(times + _TURNING_S / 2) - walk.at(times - _TURNING_S / 2)
    way = np.where(np.linalg.norm(way, axis=1, keepdims=True) > 0.01, way, (0.0, -1.0))
    turns = np.stack([yaw(angle) for angle in np.arctan2(way[:, 0], -way[:, 1])])
    motion = replace(motion, rotations=turns[:, None] @ motion.rotations)
    person = make_person(library, rng, times, motion)
    shift = np.zeros((len(times), 1, 3), np.float32)
    shift[:, 0, :2] = walk.at(times) - person.landmarks[:, skeleton.HIPS, :2].mean(1)
    return replace(person, points=person.points + shift, landmarks=person.landmarks + shift)


def _before_the_camera(
    library: Library,
    rng: np.random.Generator,
    people: tuple[PosedPerson, ...],
    instants: int,
    size: tuple[int, int],
) -> Scene:
    width, height = size
    focal = 0.5 * width / np.tan(np.deg2rad(FIELD_OF_VIEW_DEG) / 2)
    intrinsics = Intrinsics(focal, focal, (width - 1) / 2, (height - 1) / 2, width, height)
    origin = np.tile([0.0, 0.0, CAMERA_HEIGHT_M], (instants, 1))
    path = CameraPath(origin, np.tile(_LOOKING, (instants, 1, 1)))
    space = np.array([[-2.5, 0.0, 0.0], [2.5, 5.0, 2.0]])
    place = make_place(library, rng, "hall", space, size)
    framing = "full" if people else "nobody"
    distance = float(min((p.landmarks[:, skeleton.HIPS, 1].min() for p in people), default=0.0))
    return Scene(framing, people, (), place, path, intrinsics, distance)
