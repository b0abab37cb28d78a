# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""People in motion: an identity, its clothes and a motion, posed at every instant of a clip."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from thfm_ros import skeleton
from thfm_ros.synth import things
from thfm_ros.synth.appearance import dress
from thfm_ros.synth.library import Library
from thfm_ros.synth.motion.procedural import make_motion
from thfm_ros.synth.motion.segments import INDEX, Motion, mirror, resample, turned
from thfm_ros.synth.person_mesh import DressedPerson
from thfm_ros.synth.render import raster
from thfm_ros.synth.rotations import yaw

RECORDED_SHARE = 0.5
LOW_SHARE = ("flip", "cartwheel", "roll", "crawl", "spinkick", "getup")
"""Acrobatics, rare before a robot."""
_ANKLES = [skeleton.INDEX["left_ankle"], skeleton.INDEX["right_ankle"]]
_SEATED_BELOW = 0.78
"""A seat is offered when the hips are lower than this share of their standing height."""


@dataclass(frozen=True)
class PosedPerson:
    """One person over N instants.

    points:    float32 [N, V, 3], world, of dressed.vertices
    landmarks: float32 [N, 33, 3], world
    held:      things in hands: one list of placed things an instant
    seat:      what it sits on, or None
    labelled:  whether its landmarks are known; if not, they are only places on its surface
    """

    dressed: DressedPerson
    identity: int
    motion: Motion
    points: np.ndarray
    landmarks: np.ndarray
    held: tuple[tuple[things.Thing, ...], ...]
    seat: things.Thing | None
    labelled: bool = True

    def moved(self, offset: np.ndarray) -> PosedPerson:
        """Return the person, what it holds and sits on, moved by `offset` [3]."""
        offset = np.asarray(offset, np.float32)
        return replace(
            self,
            points=self.points + offset,
            landmarks=self.landmarks + offset,
            held=tuple(tuple(t.placed(np.eye(3), offset) for t in now) for now in self.held),
            seat=None if self.seat is None else self.seat.placed(np.eye(3), offset),
        )


def make_person(
    library: Library, rng: np.random.Generator, times: np.ndarray, motion: Motion | None = None
) -> PosedPerson:
    """Draw one person in motion at `times` [N]; at the middle instant it stands at the origin.

    motion: what it does at these times; drawn, too, if None
    """
    body = library.body
    number = int(rng.choice(library.identities))
    identity = body.identity(number)
    motion = _draw_motion(library, rng, times) if motion is None else motion
    dressed = dress(body, identity, rng, library.tiles, library.wardrobe)
    matrices = body.rig.pose(identity.heads, motion, tuple(rng.uniform(0, 1.1, 2)))
    points = np.empty((len(times), *dressed.vertices.shape), np.float32)
    for k, matrix in enumerate(matrices):
        raster.skin(dressed.vertices, dressed.weights, dressed.bones, matrix, points[k])
    landmarks = body.landmarks(identity.vertices, matrices)
    shift = _ground(motion, points, landmarks)
    points += shift[:, None]
    landmarks += shift[:, None]
    matrices[..., 3] += shift[:, None]
    sits = motion.seated or _looks_seated(motion, landmarks)
    seat = _seat(rng, motion, identity, body, landmarks) if sits else None
    held = _held(rng, library, motion, identity, body, matrices, landmarks)
    return PosedPerson(dressed, number, motion, points, landmarks, held, seat)


def _draw_motion(library: Library, rng: np.random.Generator, times: np.ndarray) -> Motion:
    if library.motions and rng.random() < RECORDED_SHARE:
        weights = np.array([_weight(motion) for motion in library.motions])
        clip = library.motions[rng.choice(len(weights), p=weights / weights.sum())]
        speed = rng.uniform(0.7, 1.2)
        start = rng.uniform(0, max(0.0, clip.duration - times[-1] * speed))
        motion = resample(clip, start + times * speed)
        motion = _perturbed(motion, rng) if rng.random() < 0.35 else motion
        motion = mirror(motion) if rng.random() < 0.5 else motion
    else:
        motion = make_motion(rng, times)
    return turned(motion, yaw(rng.uniform(0, 2 * np.pi)), len(times) // 2)


def _weight(motion: Motion) -> float:
    rare = any(word in motion.name for word in LOW_SHARE)
    return min(motion.duration, 8.0) ** 0.5 * (0.15 if rare else 1.0)


def _perturbed(motion: Motion, rng: np.random.Generator) -> Motion:
    rotations = motion.rotations.copy()
    for name in ("head", "right_upper_arm", "left_upper_arm", "right_forearm", "left_forearm"):
        rotation = Rotation.from_rotvec(rng.normal(0, 0.25, 3)).as_matrix()
        rotations[:, INDEX[name]] = rotations[:, INDEX[name]] @ rotation
    return replace(motion, rotations=rotations)


def _ground(motion: Motion, points: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Return what to add to every instant so that feet stand on the floor and stay there."""
    lowest = points[:, :, 2].min(1)
    shift = np.zeros((len(points), 3), np.float32)
    middle = len(points) // 2
    if motion.grounded == "feet":
        shift[:, 2] = -lowest
        if motion.name != "walk":
            between = landmarks[:, _ANKLES, :2].mean(1)
            shift[:, :2] = between[middle] - between
    else:
        shift[:, 2] = -np.percentile(lowest, 15)
    shift[:, :2] -= landmarks[middle, skeleton.HIPS, :2].mean(0) + shift[middle, :2]
    return shift


def _looks_seated(motion: Motion, landmarks: np.ndarray) -> bool:
    """Whether a recorded person sits: thighs level, shanks upright, hips not below the knees.

    The last element of a segment's rotation is the cosine of its tilt from hanging straight down.
    """
    middle = len(landmarks) // 2
    for side in ("left", "right"):
        thigh = motion.rotations[middle, INDEX[f"{side}_thigh"], 2, 2]
        shank = motion.rotations[middle, INDEX[f"{side}_shank"], 2, 2]
        hip, knee = (landmarks[middle, skeleton.INDEX[f"{side}_{j}"], 2] for j in ("hip", "knee"))
        if thigh > 0.55 or shank < 0.75 or hip < knee - 0.05:
            return False
    return True


def _seat(rng, motion, identity, body, landmarks) -> things.Thing | None:
    hips = landmarks[:, skeleton.HIPS].mean(1)
    lowest = hips[:, 2].argmin()
    rig = body.rig
    standing = identity.heads[rig.index["upperleg01.L"], 2] - identity.vertices[:, 2].min()
    if hips[lowest, 2] > _SEATED_BELOW * standing:
        return None
    height = float(hips[lowest, 2] - 0.1)
    if height < 0.15:
        return None
    forward = motion.rotations[lowest, INDEX["pelvis"]] @ [0, -1.0, 0]
    rotation = yaw(np.arctan2(forward[0], -forward[1]))
    place = hips[lowest] * [1, 1, 0] + rotation @ [0, -0.04, 0]
    return things.chair(rng, height).placed(rotation, place)


def _held(rng, library, motion, identity, body, matrices, landmarks):
    """Return the carried things of every instant, moving with the hands."""
    if not motion.carried:
        return ((),) * len(matrices)
    thing = things.held(rng, library.tiles, motion.carried)
    if motion.carried == "box":
        left, right = (skeleton.INDEX[f"{side}_index"] for side in ("left", "right"))
        return tuple(
            (thing.placed(_facing(m), (now[left] + now[right]) / 2),)
            for now, m in zip(landmarks, motion.rotations[:, INDEX["chest"]], strict=True)
        )
    side = rng.choice([".L", ".R"])
    bone = body.rig.index["wrist" + side]
    knuckle = identity.heads[body.rig.index["finger3-1" + side]]
    palm = 0.3 * identity.heads[bone] + 0.7 * knuckle + np.array([0, -0.01, -0.05])
    rotation = Rotation.random(random_state=int(rng.integers(1 << 31))).as_matrix()
    return tuple(
        (thing.placed(m[bone, :, :3] @ rotation, m[bone, :, :3] @ palm + m[bone, :, 3]),)
        for m in matrices
    )


def _facing(rotation: np.ndarray) -> np.ndarray:
    forward = rotation @ [0, -1.0, 0]
    return yaw(np.arctan2(forward[0], -forward[1]))
