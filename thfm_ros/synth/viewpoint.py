# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The robot's camera: where it stands, how it shakes, and what its image is cut to.

Two framings: "full" is the robot's own view; "person" is the crop around one person that a
two-stage pipeline feeds its network, rendered directly at the target size by off-centre intrinsics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from thfm_ros.camera import Intrinsics

HEIGHT_M = (0.3, 1.6)
FULL_DISTANCE_M = (0.8, 7.0)
FULL_FOV_DEG = (45.0, 100.0)
CLOSE_M = (0.7, 1.5)
CROP_DISTANCE_M = (1.3, 7.0)
NEAREST_M = 0.1
UPPER_BODY_SHARE = 0.33
BOX_STRIDE = 16
"""Every so many vertices are enough to place a crop."""


@dataclass(frozen=True)
class CameraPath:
    """The camera at N instants: origin [N, 3], rotation [N, 3, 3] (rows right, down, forward)."""

    origin: np.ndarray
    rotation: np.ndarray

    def to_camera(self, points: np.ndarray, instant: int) -> np.ndarray:
        """Return world points [..., 3] in the camera's optical frame."""
        return (points - self.origin[instant]) @ self.rotation[instant].T


def draw_distance(rng: np.random.Generator, framing: str) -> float:
    """Draw the distance to the first person in metres."""
    if framing == "full":
        return float(np.exp(rng.uniform(*np.log(FULL_DISTANCE_M))))
    low, high = CLOSE_M if rng.random() < 0.22 else CROP_DISTANCE_M
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_path(
    rng: np.random.Generator, times: np.ndarray, target: np.ndarray, distance: float, azimuth: float
) -> CameraPath:
    """Draw a camera at `distance` metres from `target` [3] that looks near it, moves and shakes."""
    start = target + distance * np.array([np.cos(azimuth), np.sin(azimuth), 0])
    start[2] = rng.uniform(*HEIGHT_M)
    velocity = rng.normal(0, 0.25, 3) * [1, 1, 0.05] * (rng.random() < 0.6)
    wander = np.cumsum(rng.normal(0, 0.006, (len(times), 2)), 0) * (rng.random() < 0.6)
    aside = rng.normal(0, 0.07, 2)
    roll = rng.normal(0, 0.03)
    middle = times[len(times) // 2]
    origins, rotations = [], []
    for k, time in enumerate(times):
        origin = start + velocity * (time - middle)
        origin[2] = np.clip(origin[2], 0.2, 1.9)
        forward = target - origin
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        looking = np.stack([right, np.cross(forward, right), forward])
        shake = Rotation.from_euler("xyz", [aside[1] + wander[k, 1], aside[0] + wander[k, 0], roll])
        origins.append(origin)
        rotations.append(shake.as_matrix() @ looking)
    return CameraPath(np.stack(origins), np.stack(rotations))


def full_view(rng: np.random.Generator, size: tuple[int, int]) -> Intrinsics:
    """Return a robot camera's intrinsics: 45-100 degrees, principal point near the centre."""
    width, height = size
    focal = 0.5 * width / np.tan(np.deg2rad(rng.uniform(*FULL_FOV_DEG)) / 2)
    centre = np.array([width - 1, height - 1]) / 2 + rng.normal(0, 0.01, 2) * width
    return Intrinsics(focal, focal, *centre, width, height)


def person_view(
    rng: np.random.Generator, path: CameraPath, points: np.ndarray, size: tuple[int, int]
) -> Intrinsics:
    """Return the intrinsics of a crop around one person, points [N, V, 3] in the world.

    The person's box fills 0.5-1.0 of the frame, off centre by up to 8 %; a third of the crops show
    the upper body only, and what the robot's own camera could not see is cut off.
    """
    box = _visible_box(rng, path, points)
    low, high = box
    tall = high[1] - low[1]
    if rng.random() < UPPER_BODY_SHARE and tall > 1.3 * (high[0] - low[0]):
        high = np.array([high[0], low[1] + tall * rng.uniform(0.3, 0.75)])
    factor = rng.uniform(1.0, 1.3) if rng.random() < 0.88 else rng.uniform(1.35, 2.0)
    width, height = size
    focal = min(width / (high[0] - low[0]), height / (high[1] - low[1])) / factor
    aspect = 1 + rng.normal(0, 0.01)
    offset = rng.uniform(-0.08, 0.08, 2) * (high - low) * focal
    middle = (low + high) / 2
    centre = np.array([width - 1, height - 1]) / 2 - middle * [focal, focal * aspect] + offset
    return Intrinsics(focal, focal * aspect, *centre, width, height)


def _visible_box(rng, path: CameraPath, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the person's box on the plane z = 1, inside a robot camera's field of view."""
    half = np.tan(np.deg2rad(rng.uniform(55, 95)) / 2) * np.array([1.0, 0.78])
    lows, highs = [], []
    for instant, now in enumerate(points):
        camera = path.to_camera(now[::BOX_STRIDE], instant)
        camera = camera[camera[:, 2] > NEAREST_M]
        if len(camera):
            plane = np.clip(camera[:, :2] / camera[:, 2:], -half, half)
            lows.append(plane.min(0))
            highs.append(plane.max(0))
    if not lows:
        return np.array([-0.3, -0.3]), np.array([0.3, 0.3])
    low, high = np.min(lows, 0), np.max(highs, 0)
    return low, np.maximum(high, low + 0.05)
