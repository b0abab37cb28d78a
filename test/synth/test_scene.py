# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.scene import KEEP_OFF_CAMERA_M, choose_framing, make_scene
from thfm_ros.synth.scene_mesh import SceneMesh

TIMES = np.arange(2) / 10
SIZE = (96, 72)


def scenes(library, count, **wanted):
    for seed in range(count):
        yield make_scene(library, np.random.default_rng(seed), TIMES, SIZE, **wanted)


def test_framings_come_in_their_shares(rng):
    drawn = [choose_framing(rng) for _ in range(2000)]
    assert abs(drawn.count("nobody") / 2000 - 0.08) < 0.03
    assert abs(drawn.count("person") / 2000 - 0.65) < 0.05


def test_nobody_means_nobody(library):
    for scene in scenes(library, 5, framing="nobody", place_kind="room"):
        assert scene.people == ()


@pytest.mark.parametrize("crowd", [(0, 0), (1, 1), (2, 4)])
def test_a_crowd_is_as_large_as_asked(library, crowd):
    counts = {len(scene.people) for scene in scenes(library, 12, crowd=crowd, place_kind="hall")}
    assert min(counts) >= crowd[0]
    assert max(counts) <= crowd[1]


def test_people_keep_off_the_camera_and_each_other(library):
    for scene in scenes(library, 15, framing="full", place_kind="hall"):
        for person in scene.people:
            gap = np.linalg.norm(person.landmarks - scene.path.origin[:, None], axis=-1)
            assert gap.min() > KEEP_OFF_CAMERA_M
        middles = [person.landmarks[1].mean(0)[:2] for person in scene.people]
        for k, middle in enumerate(middles):
            assert all(np.linalg.norm(middle - other) > 0.2 for other in middles[:k])


def test_the_camera_and_people_are_inside_the_room(library):
    for scene in scenes(library, 10, framing="person", place_kind="room"):
        box = scene.place.surroundings.box
        inside = np.concatenate([scene.path.origin, *[p.points[0] for p in scene.people]])
        assert (inside[:, :2] > box[:2, 0]).all()
        assert (inside[:, :2] < box[:2, 1]).all()


@pytest.mark.parametrize("framing", ["full", "nobody"])
def test_the_mesh_is_consistent(library, framing):
    for scene in scenes(library, 5, framing=framing, place_kind="room"):
        builder = SceneMesh(scene, library.atlas)
        mesh = builder.at(1)
        assert mesh.faces.size == 0 or mesh.faces.max() < len(mesh.points)
        assert mesh.material.size == 0 or mesh.material.max() < len(builder.surfaces.table)
        assert set(np.unique(mesh.owner)) <= set(range(len(scene.people) + 1))
        assert mesh.points.dtype == mesh.normals.dtype == np.float32
        for name in ("albedo", "pattern", "canonical", "occlusion"):
            assert len(getattr(mesh, name)) == len(mesh.points), name


def test_feet_and_furniture_darken_the_floor(library):
    scene = next(scenes(library, 1, framing="person", place_kind="room"))
    around = SceneMesh(scene, library.atlas).surroundings(0)
    assert len(around.contacts) >= 4 * len(scene.people)
