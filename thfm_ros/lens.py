# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a lens does to rays, and back: the models of sensor_msgs/CameraInfo, as OpenCV has them.

Image points are normalised: pixels less the principal point, over the focal length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

BROWN, FISHEYE = "rational_polynomial", "equidistant"
"""OpenCV's two families: k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 tx ty, of which plumb_bob has the
first five; and cv2.fisheye's k1 k2 k3 k4."""
_LENGTHS = {BROWN: (4, 5, 8, 12, 14), FISHEYE: (4,)}
_FAMILIES = {
    **dict.fromkeys(("", "none", "no_distortion", "pinhole", "perspective"), BROWN),
    **dict.fromkeys(("plumb_bob", "radtan", "brown", "brown_conrady"), BROWN),
    **dict.fromkeys(("rational_polynomial", "rational", "thin_prism", "tilted"), BROWN),
    **dict.fromkeys(("equidistant", "equi", "fisheye"), FISHEYE),
    **dict.fromkeys(("kannala_brandt", "kannala_brandt4", "kb4"), FISHEYE),
}
_WITHOUT = ("none", "no_distortion", "pinhole", "perspective")
NAMES = tuple(name for name in _FAMILIES if name)
"""The names of models that are read, as drivers publish them."""
_MAX_ANGLE = math.radians(89.0)
"""From the optical axis. Beyond it a ray meets the plane z = 1 never, or so far out that depth
along z says nothing of where a point is."""
_SAMPLES = 4096
_STEPS = 8
_BEYOND = 1.05
"""Of the radius where the radial part folds: what else there is may reach so much further."""
_CLOSE = 1e-6
"""Normalised: a thousandth of a pixel for a focal length of 1000."""


@dataclass(frozen=True)
class Lens:
    """A lens model with all of its coefficients: 14 of BROWN, 4 of FISHEYE."""

    family: str
    coefficients: tuple[float, ...]

    @property
    def is_pinhole(self) -> bool:
        """Whether pixels are proportional to the tangent of the angle."""
        return self.family == BROWN and not any(self.coefficients)

    def directions(self, points: np.ndarray) -> np.ndarray:
        """Return the unit vectors [N, 3] (optical frame) of normalised image points [N, 2].

        NaN where no ray comes from: beyond the fold of a model that turns back on itself.
        """
        if self.family == FISHEYE:
            return _fisheye_directions(points, self)
        return _brown_directions(points, self)

    def image_points(self, directions: np.ndarray) -> np.ndarray:
        """Return normalised image points [N, 2] of directions [N, 3]; NaN = not in the image."""
        directions = np.asarray(directions, np.float64)
        x, y, z = directions.T
        across = np.hypot(x, y)
        angle = np.arctan2(across, z)
        if self.family == FISHEYE:
            with np.errstate(invalid="ignore", divide="ignore"):
                scale = np.where(across > 0, _fisheye_radius(angle, self) / across, 0.0)
            points = directions[:, :2] * scale[:, None]
        else:
            with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                points = _bend(directions[:, :2] / z[:, None], self)[0]
        points[~(angle <= _unfolded(self)[0][-1])] = np.nan
        return points


def lens_of(name: str, coefficients: tuple[float, ...]) -> Lens:
    """Read a driver's name of a model and its coefficients, where there is no doubt.

    ValueError names the model, the length and what is allowed. A model's name counts even when all
    coefficients are zero.
    """
    known = name.strip().lower().replace("-", "_").replace(" ", "_")
    if known not in _FAMILIES:
        raise ValueError(f"distortion_model is {name!r}, allowed is one of {NAMES}")
    family, given = _FAMILIES[known], tuple(map(float, coefficients))
    while given and given[-1] == 0:
        given = given[:-1]
    if known in _WITHOUT and given:
        raise ValueError(f"distortion is {given}, but distortion_model is {name!r}, which has none")
    # Three values of a family whose third is p1 may be k1, k2, k3.
    unclear = family == BROWN and len(given) == len(coefficients) == 3
    if unclear or len(given) > _LENGTHS[family][-1]:
        lengths = " or ".join(map(str, _LENGTHS[family]))
        raise ValueError(f"distortion has {len(coefficients)} values, {name!r} has {lengths}")
    return Lens(family, given + (0.0,) * (_LENGTHS[family][-1] - len(given)))


@lru_cache(maxsize=16)
def _unfolded(lens: Lens) -> tuple[np.ndarray, np.ndarray]:
    """Return angles and their radii in the image, as far out as radii grow with angles."""
    end = math.pi if lens.family == FISHEYE else _MAX_ANGLE
    angles = np.linspace(0.0, end, _SAMPLES)
    if lens.family == FISHEYE:
        radii = _fisheye_radius(angles, lens)
    else:
        radii = np.tan(angles) * _gain(np.tan(angles) ** 2, lens)[0]
    turns = np.flatnonzero(~(np.diff(radii) > 0))
    count = turns[0] + 1 if turns.size else _SAMPLES
    return angles[:count], radii[:count]


def _fisheye_radius(angle: np.ndarray, lens: Lens) -> np.ndarray:
    square = angle**2
    return angle * (1 + square * np.polyval(lens.coefficients[::-1], square))


def _fisheye_directions(points: np.ndarray, lens: Lens) -> np.ndarray:
    radius = np.hypot(*points.T)
    angles, radii = _unfolded(lens)
    angle = np.interp(radius, radii, angles, right=np.nan)
    k1, k2, k3, k4 = lens.coefficients
    for _ in range(2):
        slope = np.polyval((9 * k4, 7 * k3, 5 * k2, 3 * k1, 1), angle**2)
        # A step that leaves the table's cell would be one at the fold, where the table is better.
        step = (radius - _fisheye_radius(angle, lens)) / slope
        angle = angle + np.clip(step, -angles[1], angles[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        across = np.where(radius > 0, np.sin(angle) / radius, 1.0)
    return np.stack((points[:, 0] * across, points[:, 1] * across, np.cos(angle)), -1)


def _brown_directions(points: np.ndarray, lens: Lens) -> np.ndarray:
    points = _untilted(points, lens)
    radius = np.hypot(*points.T)
    angles, radii = _unfolded(lens)
    directions = np.full((len(points), 3), np.nan)
    # What is not radial may reach a little beyond the radial part's fold.
    near = radius < _BEYOND * radii[-1]
    if near.any():
        start = np.tan(np.interp(radius[near], radii, angles, right=0.98 * angles[-1]))
        start = start / np.maximum(radius[near], np.finfo(float).tiny)
        rays = _unbent(points[near], points[near] * start[:, None], lens)
        rays[~(np.hypot(*rays.T) <= np.tan(angles[-1]))] = np.nan
        directions[near] = np.pad(rays, ((0, 0), (0, 1)), constant_values=1.0)
    return directions / np.linalg.norm(directions, axis=-1, keepdims=True)


def _unbent(points: np.ndarray, rays: np.ndarray, lens: Lens) -> np.ndarray:
    """Return the rays [N, 2] of image points [N, 2], by Newton's method from a first guess."""
    left = np.arange(len(points))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for _ in range(_STEPS):
            found, (xx, xy, yx, yy) = _bend(rays[left], lens, tilted=False)
            x, y = (points[left] - found).T
            step = np.stack((yy * x - xy * y, xx * y - yx * x), -1)
            rays[left] += step / (xx * yy - xy * yx)[:, None]
            left = left[np.maximum(np.abs(x), np.abs(y)) > 0.1 * _CLOSE]
            if not left.size:
                break
        found, (xx, xy, yx, yy) = _bend(rays, lens, tilted=False)
        # Where the picture of a ray's surroundings is mirrored, the ray lies beyond the fold.
        there = (np.abs(points - found).max(-1) < _CLOSE) & (xx * yy > xy * yx)
    return np.where(there[:, None], rays, np.nan)


def _gain(square: np.ndarray, lens: Lens) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much a radius grows, and that by the radius' square; NaN past a pole."""
    k1, k2, _, _, k3, k4, k5, k6 = lens.coefficients[:8]
    above, below = np.polyval((k3, k2, k1, 1), square), np.polyval((k6, k5, k4, 1), square)
    below = np.where(below > 0, below, np.nan)
    slope = np.polyval((3 * k3, 2 * k2, k1), square) * below
    slope -= above * np.polyval((3 * k6, 2 * k5, k4), square)
    return above / below, slope / below**2


def _bend(
    rays: np.ndarray, lens: Lens, tilted: bool = True
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Return image points [N, 2] of rays [N, 2], and derivatives xx, xy, yx, yy without tilt."""
    _, _, p1, p2, _, _, _, _, s1, s2, s3, s4, _, _ = lens.coefficients
    x, y = rays.T
    square = x * x + y * y
    gain, slope = _gain(square, lens)
    points = np.stack(
        (
            x * gain + 2 * p1 * x * y + p2 * (square + 2 * x * x) + square * (s1 + s2 * square),
            y * gain + p1 * (square + 2 * y * y) + 2 * p2 * x * y + square * (s3 + s4 * square),
        ),
        -1,
    )
    mixed = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    prism_x, prism_y = 2 * (s1 + 2 * s2 * square), 2 * (s3 + 2 * s4 * square)
    derivatives = (
        gain + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x + x * prism_x,
        mixed + y * prism_x,
        mixed + x * prism_y,
        gain + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x + y * prism_y,
    )
    return (_through(points, _tilt(lens)) if tilted else points), derivatives


def _untilted(points: np.ndarray, lens: Lens) -> np.ndarray:
    return _through(points, np.linalg.inv(_tilt(lens)))


def _tilt(lens: Lens) -> np.ndarray:
    """Return what a sensor that is tilted by tx, ty does to image points (as OpenCV has it)."""
    (cx, cy), (sx, sy) = np.cos(lens.coefficients[12:]), np.sin(lens.coefficients[12:])
    rotation = np.array(((cy, 0, -sy), (0, 1, 0), (sy, 0, cy)))
    rotation = rotation @ np.array(((1, 0, 0), (0, cx, sx), (0, -sx, cx)))
    flat = np.array(
        ((rotation[2, 2], 0, -rotation[0, 2]), (0, rotation[2, 2], -rotation[1, 2]), (0, 0, 1))
    )
    return flat @ rotation


def _through(points: np.ndarray, homography: np.ndarray) -> np.ndarray:
    if np.array_equal(homography, np.eye(3)):
        return points
    mapped = points @ homography[:, :2].T + homography[:, 2]
    return mapped[:, :2] / mapped[:, 2:]


def rays_of(directions: np.ndarray) -> np.ndarray:
    """Return where unit vectors [3, ...] meet z = 1: x, y [2, ...]; NaN from 89 degrees on."""
    ahead = directions[2] > math.cos(_MAX_ANGLE)
    return directions[:2] / np.where(ahead, directions[2], np.nan)
