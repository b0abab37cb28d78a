# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.camera import Intrinsics
from thfm_ros.synth.render.frame import Layers
from thfm_ros.synth.things import boxes
from thfm_ros.tasks.parts import MIRROR_PARTS

K = Intrinsics(400.0, 400.0, 127.5, 95.5, 256, 192)
CENTRE = np.array([0, 0, 3.0])
RADIUS = 0.5


@pytest.fixture(scope="module")
def seen(sphere, shoot):
    return shoot(sphere, K)


def analytic_sphere():
    """Depth and normals of the sphere at pixel centres, NaN off it."""
    rays = K.back_project(np.ones((K.height, K.width)))
    a, b = (rays**2).sum(-1), rays @ CENTRE
    discriminant = b * b - a * (CENTRE @ CENTRE - RADIUS**2)
    depth = (b - np.sqrt(np.where(discriminant > 0, discriminant, np.nan))) / a
    return depth, (rays * depth[..., None] - CENTRE) / RADIUS


def test_sphere_depth_and_normals_are_analytic(seen):
    _, layers = seen
    depth, normals = analytic_sphere()
    # Grazing pixels cover a strongly curved part of the surface, which has no one depth.
    inside = (layers.mask == 255) & (normals[..., 2] < -0.4)
    assert inside.sum() > 1000
    assert np.abs(layers.depth - depth)[inside].max() < 1e-3
    assert np.abs(layers.normals - normals)[inside].max() < 2e-3


def test_normals_towards_the_camera_have_negative_z(seen):
    _, layers = seen
    assert np.allclose(layers.normals[95, 127], [0, 0, -1], atol=0.02)
    assert (layers.normals[layers.mask > 127][:, 2] < 0.05).all()
    left_half = layers.normals[95, 100]
    assert left_half[0] < -0.3, "x points right in the image"


def test_walls_and_floor_are_analytic_planes(seen):
    _, layers = seen
    points = K.back_project(layers.depth)
    background = layers.mask == 0
    floor = background & (layers.normals[..., 1] < -0.99)
    back_wall = background & (layers.normals[..., 2] < -0.99)
    assert floor.sum() > 1000
    assert back_wall.sum() > 1000
    assert np.abs(points[floor][:, 1] - 1.0).max() < 1e-3
    assert np.abs(layers.depth[back_wall] - 6.0).max() < 1e-3


def test_box_faces_are_analytic(mesh_of, shoot):
    thing = boxes("box", [((0.3, 3, 1), (0.8, 0.6, 0.5), (0.5, 0.5, 0.5), 0)])
    faces = np.arange(len(thing.vertices)).reshape(-1, 3)
    corners = thing.vertices.reshape(-1, 3, 3)
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.repeat(flat / np.linalg.norm(flat, axis=1, keepdims=True), 3, 0)
    _, layers = shoot(mesh_of(thing.vertices, normals, faces, owner=0), K)
    assert not layers.mask.any()
    front = np.abs(layers.depth - 2.7) < 1e-3
    assert front.sum() > 500
    inner = front & np.roll(front, 2, 0) & np.roll(front, -2, 0)
    inner &= np.roll(front, 2, 1) & np.roll(front, -2, 1)
    assert np.allclose(layers.normals[inner], [0, 0, -1], atol=1e-3)


def test_mask_is_coverage_and_instances_lie_exactly_under_it(seen):
    _, layers = seen
    assert set(np.unique(layers.mask)) <= {0, 64, 128, 191, 255}
    assert np.array_equal(layers.mask > 0, layers.instance == 1)
    assert np.array_equal(layers.mask > 0, layers.part == 1)
    projected = np.pi * (RADIUS * K.fx / np.sqrt(9 - RADIUS**2)) ** 2
    assert abs(layers.mask.sum() / 255 / projected - 1) < 0.01


def test_no_background_depth_leaks_into_people(seen):
    _, layers = seen
    assert layers.depth[layers.mask > 127].max() < 3.1
    assert layers.depth[layers.mask < 127].min() > 3.1 - 2.0


def mirrored(layers: Layers) -> Layers:
    flip = {name: plane[:, ::-1] for name, plane in layers._asdict().items()}
    on_people = (flip["mask"] > 0)[..., None]
    dense_pose = np.where(on_people, [1, 0, 0] + flip["dense_pose"] * [-1, 1, 1], 0)
    return Layers(
        flip["depth"],
        flip["normals"] * [-1, 1, 1],
        flip["mask"],
        flip["instance"],
        np.array(MIRROR_PARTS)[flip["part"]],
        dense_pose,
    )


def test_a_mirrored_scene_has_mirrored_truth(body, mesh_of, shoot):
    faces = body.skin_faces
    points = body.template[: body.ranges["body"].stop]
    points = (points - points.mean(0)) * 0.8 + [0.2, 3, 1]
    normals = np.zeros_like(points)
    canonical = body.canonical[: len(points)].astype(np.float32)
    part = body.part[faces[:, 0]].astype(np.uint8)
    normals = points - points.mean(0)
    intrinsics = Intrinsics(150.0, 150.0, 120.0, 95.5, 256, 192)
    _, seen = shoot(mesh_of(points, normals, faces, 1, canonical, part), intrinsics)

    flip = np.array([-1, 1, 1])
    other = Intrinsics(150.0, 150.0, 255 - 120.0, 95.5, 256, 192)
    turned = canonical * [-1, 1, 1] + [1, 0, 0]
    mirror_mesh = mesh_of(
        points * flip,
        normals * flip,
        faces[:, ::-1],
        1,
        turned.astype(np.float32),
        np.array(MIRROR_PARTS, np.uint8)[part],
    )
    _, seen_mirrored = shoot(mirror_mesh, other)
    for name, expected in mirrored(seen)._asdict().items():
        found = getattr(seen_mirrored, name)
        gap = np.abs(found.astype(float) - expected).reshape(192, 256, -1).max(-1)
        assert (gap < 0.01).mean() > 0.998, name
