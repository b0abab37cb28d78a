# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras that are mounted rotated: the network sees people upright, results are in the source."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.lens import BROWN
from thfm_ros.perception import Perception, Person
from thfm_ros.tasks import DENSE

ROTATIONS = (0, 90, 180, 270)
_KEPT = math.cos(math.radians(55.0))
"""A camera that is turned by about 45 degrees must not change its mind with every image."""
_LEVEL = math.sin(math.radians(10.0))
_QUARTER = np.array(((0, -1), (1, 0)))
"""Where directions x, y of an image point are after a quarter turn clockwise."""
_TANGENTIAL = ((3, 2), (8, 10), (9, 11))
"""Where the distortion's vectors x, y are among OpenCV's coefficients: p2 p1, s1 s3, s2 s4."""
_TILT = (12, 13)


@dataclass(frozen=True)
class ImageRotation:
    """degrees: by which an image is to be rotated clockwise so that people stand upright in it."""

    degrees: int = 0

    def __post_init__(self) -> None:
        if self.degrees not in ROTATIONS:
            raise ValueError(f"image_rotation is {self.degrees}, allowed is one of {ROTATIONS}")

    def __bool__(self) -> bool:
        return self.degrees != 0

    @cached_property
    def _quarters(self) -> int:
        return self.degrees // 90

    @cached_property
    def _back(self) -> np.ndarray:
        """What takes directions x, y, z of the rotated camera to those of the real one, [3, 3]."""
        rotation = np.eye(3)
        rotation[:2, :2] = np.linalg.matrix_power(_QUARTER, self._quarters).T
        return rotation

    def upright(self, frame: Frame) -> Frame:
        """Return the frame that a camera would have taken which is mounted upright."""
        image = np.ascontiguousarray(np.rot90(frame.image, -self._quarters))
        depth = None if frame.depth is None else np.rot90(frame.depth, -self._quarters)
        intrinsics = frame.intrinsics
        for _ in range(self._quarters):
            intrinsics = intrinsics and rotated_quarter(intrinsics)
        return replace(frame, image=image, depth=depth, intrinsics=intrinsics)

    def back(self, seen: Perception, size: tuple[int, int]) -> Perception:
        """Return what was seen upright as it is in the source image of size (width, height)."""
        maps = {name: self._map(values) for name, values in seen.maps.items()}
        for name in maps:
            if name in DENSE and DENSE[name].is_direction:
                maps[name] = self._vectors(maps[name])
        return replace(
            seen,
            size=size,
            people=tuple(self._person(person, size) for person in seen.people),
            maps=maps,
            depth=self._map(seen.depth),
            instances=self._map(seen.instances),
        )

    def _map(self, values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else np.ascontiguousarray(np.rot90(values, self._quarters))

    def _person(self, person: Person, size: tuple[int, int]) -> Person:
        x, y, width, height = person.box
        corners = self._pixels(np.array(((x, y), (x + width - 1, y + height - 1))), size)
        low, high = corners.min(0), corners.max(0)
        root, covariance = person.root, person.root_covariance
        return replace(
            person,
            pixels=self._pixels(person.pixels, size).astype(np.float32),
            box=tuple(int(edge) for edge in (*low, *(high - low + 1))),
            relative=self._vectors(person.relative),
            metric=self._vectors(person.metric),
            root=self._vectors(root),
            velocity=self._vectors(person.velocity),
            root_covariance=None if covariance is None else self._back @ covariance @ self._back.T,
        )

    def _vectors(self, values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values @ self._back.T.astype(values.dtype)

    def _pixels(self, pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return where pixels [N, 2] of the upright image are in the source."""
        x, y = pixels[:, 0], pixels[:, 1]
        width, height = size
        if self.degrees == 90:
            x, y = y, height - 1 - x
        elif self.degrees == 180:
            x, y = width - 1 - x, height - 1 - y
        elif self.degrees == 270:
            x, y = width - 1 - y, x
        return np.stack((x, y), -1)


def rotation_for(up: np.ndarray, now: ImageRotation) -> ImageRotation | None:
    """Return the rotation after which a direction points up in the image, as nearly as quarters go.

    up:  x, y, z of a unit vector in the optical frame
    now: is kept while it is off by less than 55 degrees

    None where the camera looks along it, to 10 degrees.
    """
    length = math.hypot(up[0], up[1])
    if not length > _LEVEL:
        return None
    upward = {}
    for degrees in ROTATIONS:
        turned = np.linalg.matrix_power(_QUARTER, degrees // 90) @ up[:2]
        upward[degrees] = -turned[1] / length
    return now if upward[now.degrees] > _KEPT else ImageRotation(max(upward, key=upward.get))


def rotated_quarter(camera: Intrinsics) -> Intrinsics | None:
    """Return the intrinsics of an image that was rotated clockwise by 90 degrees.

    None where the sensor is tilted about both axes: no coefficients describe the rotated one.
    """
    lens = camera.lens
    name, distortion = camera.distortion_model, list(camera.distortion)
    if lens.family == BROWN and not lens.is_pinhole:
        name, distortion = BROWN, list(lens.coefficients)
        if all(distortion[index] for index in _TILT):
            return None
        for x, y in (*_TANGENTIAL, _TILT):
            distortion[x], distortion[y] = -distortion[y], distortion[x]
    return Intrinsics(
        camera.fy,
        camera.fx,
        camera.height - 1 - camera.cy,
        camera.cx,
        camera.height,
        camera.width,
        tuple(distortion),
        name,
    )
