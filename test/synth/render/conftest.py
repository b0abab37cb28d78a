# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Analytic scenes: a sphere or a box in a plain room, before a camera that looks along +y."""

import numpy as np
import pytest

from thfm_ros.synth.render import materials
from thfm_ros.synth.render.arrays import ROOM, Mesh, Surfaces, Surroundings
from thfm_ros.synth.render.frame import make_light, make_view, render

LOOKING_ALONG_Y = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]])


@pytest.fixture(scope="session")
def surfaces():
    atlas = materials.tile_atlas(np.zeros((1, 128, 128, 3), np.uint8))
    return Surfaces(materials.material()[None], atlas)


@pytest.fixture(scope="session")
def room():
    walls = np.tile(np.array([-1, 1, 0.5, 0.5, 0.5], np.float32), (6, 1))
    return Surroundings(
        ROOM,
        np.array([[-3, 3], [-1, 6], [0, 3]], np.float32),
        walls,
        np.zeros((0, 10), np.float32),
        np.zeros((1, 1, 3), np.float32),
        np.full(6, -2, np.float32),
        np.zeros((0, 3), np.float32),
        0.0,
    )


def make_mesh(points, normals, faces, owner=1, canonical=None, part=None):
    count, triangles = len(points), len(faces)
    return Mesh(
        points.astype(np.float32),
        normals.astype(np.float32),
        faces.astype(np.int32),
        np.full((count, 3), 0.5, np.float32),
        points.astype(np.float32),
        np.full((count, 3), 0.5, np.float32) if canonical is None else canonical,
        np.ones(count, np.float32),
        np.zeros(triangles, np.int32),
        np.zeros(triangles, np.int8),
        np.full(triangles, owner, np.int16),
        np.ones(triangles, np.uint8) if part is None else part,
    )


@pytest.fixture(scope="session")
def sphere():
    """A finely tessellated sphere of radius 0.5 at (0, 3, 1), owned by person 1."""
    n = 300
    around = np.linspace(0, 2 * np.pi, n, endpoint=False)
    down = np.linspace(0, np.pi, n)
    a, d = np.meshgrid(around, down)
    unit = np.stack([np.sin(d) * np.cos(a), np.sin(d) * np.sin(a), np.cos(d)], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(n - 1), np.arange(n), indexing="ij")
    a, b = (i * n + j).ravel(), (i * n + (j + 1) % n).ravel()
    faces = np.concatenate([np.stack([a, a + n, b], 1), np.stack([b, a + n, b + n], 1)])
    return make_mesh(unit * 0.5 + [0, 3, 1], unit, faces)


@pytest.fixture(scope="session")
def mesh_of():
    return make_mesh


@pytest.fixture(scope="session")
def shoot(surfaces, room):
    """Render a mesh from (0, 0, 1) along +y, or with another rotation and origin."""

    def shoot(mesh, intrinsics, rotation=LOOKING_ALONG_Y, origin=(0, 0, 1.0)):
        harmonics = np.zeros((9, 3))
        harmonics[0] = 1
        centre = np.array([0, 3, 1.0])
        sun = np.array([0.3, -0.5, 1])
        light = make_light(harmonics, 0, sun, np.ones(3), mesh.points, mesh.faces, centre, 2.0)
        view = make_view(rotation, np.array(origin), intrinsics)
        size = intrinsics.width, intrinsics.height
        return render(mesh, surfaces, room, light, view, size)

    return shoot
