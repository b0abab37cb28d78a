# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Motion made up on the spot: everyday activities as smooth random joint angles, in radians."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros.synth.motion.segments import SEGMENTS, Motion
from thfm_ros.synth.rotations import euler, yaw

WAVES = 3
SIDES = (("right", 1), ("left", -1))


@dataclass(frozen=True)
class Activity:
    """How an activity moves: means of the joint angles, and which arm poses it draws from.

    legs: hip flexion, knee flexion, hip abduction, each (mean, spread)
    lean: mean forward lean of the chest
    arms: pose name -> probability
    """

    weight: float
    legs: tuple[tuple[float, float], ...]
    lean: float
    arms: dict[str, float]
    gait: bool = False
    seated: bool = False
    carried: str = ""
    squats: bool = False


_LOOSE = {"down": 0.45, "reach": 0.2, "up": 0.07, "front": 0.28}
_STANDING = ((0.05, 0.08), (0.1, 0.08), (0.08, 0.06))
_WALKING = ((0.05, 0.0), (0.1, 0.0), (0.03, 0.02))
_SITTING = ((1.45, 0.12), (1.45, 0.25), (0.14, 0.12))
_SQUATTING = ((1.5, 0.3), (1.8, 0.3), (0.15, 0.12))
_ANYHOW = ((0.35, 0.5), (0.6, 0.5), (0.12, 0.2))
_ON_LAP = {"down": 0.1, "front": 0.7, "reach": 0.2}
_AT_WORK = {"reach": 0.5, "front": 0.5}
_ANYWHERE = {"down": 0.2, "reach": 0.4, "up": 0.25, "front": 0.15}
ACTIVITIES = {
    "stand": Activity(0.2, _STANDING, 0.03, _LOOSE),
    "walk": Activity(0.22, _WALKING, 0.06, {"swing": 0.7, **_LOOSE}, gait=True),
    "sit": Activity(0.11, _SITTING, 0.05, _ON_LAP, seated=True),
    "sit_down": Activity(0.05, _SITTING, 0.35, _ON_LAP, seated=True),
    "reach": Activity(0.08, _STANDING, 0.2, {"reach": 0.75, "up": 0.25}),
    "wave": Activity(0.06, _STANDING, 0.03, {"wave": 0.5, "down": 0.5}),
    "turn": Activity(0.06, _STANDING, 0.03, _LOOSE),
    "crouch": Activity(0.07, _SQUATTING, 0.35, _AT_WORK, squats=True),
    "carry": Activity(0.07, _STANDING, -0.03, {"carry": 1.0}, carried="box"),
    "hold": Activity(0.05, _STANDING, 0.03, {"front": 0.6, "down": 0.4}, carried="small"),
    "free": Activity(0.09, _ANYHOW, 0.2, _ANYWHERE),
}
ARM_POSES = {
    "down": ((0.05, 0.25), (0.15, 0.15), (0.3, 0.25)),
    "reach": ((1.1, 0.35), (0.35, 0.35), (0.6, 0.4)),
    "up": ((2.4, 0.35), (0.4, 0.4), (0.7, 0.4)),
    "front": ((0.5, 0.25), (0.2, 0.2), (1.6, 0.35)),
    "carry": ((0.55, 0.12), (0.05, 0.08), (1.25, 0.15)),
    "wave": ((2.3, 0.2), (0.5, 0.2), (1.1, 0.2)),
}
"""Shoulder flexion, shoulder abduction, elbow flexion, each (mean, spread)."""


class _Wander:
    """Smooth random curves over the clip's times."""

    def __init__(self, rng: np.random.Generator, times: np.ndarray) -> None:
        self._rng, self._times = rng, times

    def __call__(self, mean: float, spread: float, low: float = -9.0, high: float = 9.0):
        rates = 2 * np.pi * self._rng.uniform(0.05, 0.8, WAVES)[:, None]
        waves = np.sin(rates * self._times + self._rng.uniform(0, 2 * np.pi, (WAVES, 1)))
        return np.clip(mean + spread * np.sqrt(2 / WAVES) * waves.sum(0), low, high)


def make_motion(rng: np.random.Generator, times: np.ndarray, name: str | None = None) -> Motion:
    """Return one activity at `times` [N] seconds; a random one when `name` is None."""
    if name is None:
        weights = np.array([activity.weight for activity in ACTIVITIES.values()])
        name = str(rng.choice(list(ACTIVITIES), p=weights / weights.sum()))
    activity = ACTIVITIES[name]
    wander = _Wander(rng, times)
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * rng.uniform(0.6, 1.1) * times
    stride = rng.uniform(0.3, 0.6)
    bend = _sitting_share(rng, times) if name == "sit_down" else np.ones(len(times))

    heading = wander(rng.normal(0, 0.3), 0.08 if activity.gait else 0.15)
    if name == "turn":
        heading = heading + rng.choice([-1, 1]) * rng.uniform(0.6, 2.5) * times
    world = _trunk(
        rng, wander, heading, activity.lean * (4 * bend * (1 - bend) if name == "sit_down" else 1)
    )
    for offset, (side, sign) in zip((0.0, np.pi), SIDES, strict=True):
        angles = _leg_angles(activity, wander, phase + offset, stride, bend)
        world.update(_leg(world["pelvis"], side, sign, angles, wander, activity))
    for offset, (side, sign) in zip((0.0, np.pi), SIDES, strict=True):
        angles = _arm_angles(rng, activity, wander, phase + offset, stride, times)
        world.update(_arm(world["chest"], side, sign, angles, wander))
    pelvis = np.zeros((len(times), 3))
    pelvis[:, 2] = 1.0
    if activity.gait:
        speed = rng.uniform(0.5, 1.3) * stride / 0.45
        step = np.gradient(times) if len(times) > 1 else np.zeros(1)
        direction = np.stack([np.sin(heading), -np.cos(heading)], 1)
        pelvis[:, :2] = np.cumsum(direction * (speed * step)[:, None], 0)
    rotations = np.stack([world[segment] for segment in SEGMENTS], 1)
    return Motion(
        name,
        times,
        rotations,
        pelvis,
        seated=activity.seated,
        carried=activity.carried,
        grounded="feet",
    )


def _sitting_share(rng, times) -> np.ndarray:
    """How far down, 0 standing .. 1 seated, over the clip."""
    middle = rng.uniform(-0.5, times[-1] + 0.5)
    share = 1 / (1 + np.exp(-(times - middle) * rng.uniform(2.5, 5)))
    return share if rng.random() < 0.5 else 1 - share


def _trunk(rng, wander, heading, lean) -> dict[str, np.ndarray]:
    rotation = np.stack([yaw(angle) for angle in heading])
    mean_lean = np.broadcast_to(lean, heading.shape)
    tilt = np.stack([0.3 * mean_lean + wander(0, 0.05), wander(0, 0.04), wander(0, 0.08)], 1)
    pelvis = rotation @ euler("xyz", tilt)
    forward = np.clip(mean_lean + wander(0, 0.12), -0.3, 1.2)
    bent = np.stack([forward, wander(0, 0.1), wander(0, 0.2)], 1)
    chest = pelvis @ euler("xyz", bent)
    nod = wander(rng.choice([-0.03, 0.3], p=[0.75, 0.25]), 0.2, -0.6, 0.7)
    look = np.stack([nod, wander(0, 0.12), wander(0, 0.4, -1.2, 1.2)], 1)
    return {"pelvis": pelvis, "chest": chest, "head": chest @ euler("xyz", look)}


def _leg_angles(activity: Activity, wander: _Wander, phase, stride, bend):
    (hip, hip_spread), (knee, knee_spread), (side, side_spread) = activity.legs
    if activity.gait:
        swing = np.clip(np.sin(phase + np.pi / 2 * 1.1), 0, 1)
        return stride * np.sin(phase) + hip, knee + 1.5 * stride * swing, wander(side, side_spread)
    outward = wander(side, side_spread, -0.2, 0.9)
    flexion = wander(hip, hip_spread, -0.5, 2.1)
    if activity.squats:
        # Balance: shanks lean forward a little, whatever the hips do.
        return flexion * bend, np.clip(flexion + wander(0.3, 0.1), 0, 2.4) * bend, outward
    limits = (0.0, 2.4) if hip > 0.2 else (0.0, 0.6)
    return flexion * bend, wander(knee, knee_spread, *limits) * bend + 0.05, outward


def _leg(pelvis, side, sign, angles, wander: _Wander, activity: Activity) -> dict[str, np.ndarray]:
    hip, knee, outward = angles
    thigh = pelvis @ euler("y", sign * outward) @ euler("x", -hip)
    shank = thigh @ euler("x", knee)
    level = 0.3 if activity.gait else (1.0 if activity.seated else 0.8)
    foot = shank @ euler("x", wander(0, 0.06) + np.clip((hip - knee) * level, -0.7, 0.5))
    return {f"{side}_thigh": thigh, f"{side}_shank": shank, f"{side}_foot": foot}


def _arm_angles(rng, activity: Activity, wander: _Wander, phase, stride, times):
    names = list(activity.arms)
    weights = np.array([activity.arms[name] for name in names])
    pose = str(rng.choice(names, p=weights / weights.sum()))
    if pose == "swing":
        return (
            -0.6 * stride * np.sin(phase),
            wander(0.12, 0.06),
            wander(0.4, 0.2, 0, 2),
            wander(0, 0.2),
        )
    (flexion, flexion_spread), (outward, outward_spread), (elbow, elbow_spread) = ARM_POSES[pose]
    flex = wander(flexion, flexion_spread, -0.7, 3.0)
    bend = wander(elbow, elbow_spread, 0, 2.5)
    twist = wander(0, 0.15 if pose == "carry" else 0.45)
    if pose == "wave":
        twist = 0.7 * np.sin(2 * np.pi * rng.uniform(0.8, 2.2) * times + rng.uniform(0, 6.3))
    return flex, wander(outward, outward_spread, -0.3, 2.6), bend, twist


def _arm(chest, side, sign, angles, wander: _Wander) -> dict[str, np.ndarray]:
    flexion, outward, elbow, twist = angles
    upper = chest @ euler("y", sign * outward) @ euler("x", -flexion) @ euler("z", sign * twist)
    forearm = upper @ euler("x", -elbow)
    wrist = np.stack([wander(0, 0.3), wander(0, 0.2), sign * wander(0.3, 0.5)], 1)
    return {
        f"{side}_upper_arm": upper,
        f"{side}_forearm": forearm,
        f"{side}_hand": forearm @ euler("xyz", wrist),
    }
