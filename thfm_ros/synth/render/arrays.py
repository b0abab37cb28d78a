# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the shading kernels read, as named tuples of arrays (numba takes them as they are).

World frame: metres, z up, floor at z = 0. All colours are linear.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

ROOM, OUTDOORS, PHOTO = 0, 1, 2
"""Values of Surroundings.kind."""


class Mesh(NamedTuple):
    """All triangles of one frame.

    points, normals:  float32 [V, 3], world
    faces:            int32 [F, 3]
    albedo:           float32 [V, 3]
    pattern:          float32 [V, 3], where material patterns are looked up, metres
    canonical:        float32 [V, 3], dense pose 0..1
    occlusion:        float32 [V], 1 = open
    material:         int32 [F], row of Surfaces.table
    axis:             int8 [F], 1 where patterns run along the pattern's second coordinate
    owner:            int16 [F], 0 = thing, 1.. = person
    part:             uint8 [F]
    """

    points: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    albedo: np.ndarray
    pattern: np.ndarray
    canonical: np.ndarray
    occlusion: np.ndarray
    material: np.ndarray
    axis: np.ndarray
    owner: np.ndarray
    part: np.ndarray


class Surfaces(NamedTuple):
    """Materials float32 [M, COLUMNS], and the tile atlas uint8 [N, 240, 128, 3] (mip levels)."""

    table: np.ndarray
    tiles: np.ndarray


class Surroundings(NamedTuple):
    """Everything that is not a mesh.

    kind:     ROOM, OUTDOORS or PHOTO
    box:      float32 [3, 2], the room's limits
    walls:    float32 [6, 5], tile (-1 none), tiles a metre, colour; -x +x -y +y floor ceiling
    panels:   float32 [K, 10], wall, u0, u1, v0, v1, tile (-1 none), colour, emission
    picture:  float32 [h, w, 3], the panorama, or the photograph in the image's own size
    ground:   float32 [6], tile (-2 no ground plane), tiles a metre, colour, fade distance
    contacts: float32 [K, 3], points whose surroundings on the floor get less light
    detail:   how strongly fine noise modulates a panorama, which is always blurred
    """

    kind: int
    box: np.ndarray
    walls: np.ndarray
    panels: np.ndarray
    picture: np.ndarray
    ground: np.ndarray
    contacts: np.ndarray
    detail: float


class Light(NamedTuple):
    """Diffuse harmonics float32 [9, 3] turned by yaw (cos, sin), a sun, and its shadow map."""

    harmonics: np.ndarray
    yaw: np.ndarray
    sun: np.ndarray
    colour: np.ndarray
    shadow: np.ndarray
    shadow_rotation: np.ndarray
    shadow_translation: np.ndarray
    shadow_scale: float


class View(NamedTuple):
    """The camera: x_camera = rotation @ x_world + translation; focal and centre in pixels."""

    rotation: np.ndarray
    translation: np.ndarray
    origin: np.ndarray
    focal: np.ndarray
    centre: np.ndarray
