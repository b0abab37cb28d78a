# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.viewpoint import draw_distance, draw_path, full_view, person_view

SIZE = (256, 192)
TIMES = np.arange(4) / 10


def box_of_person():
    x, y, z = np.meshgrid([-0.3, 0, 0.3], [-0.15, 0.15], np.linspace(0, 1.75, 8))
    return np.tile(np.stack([x.ravel(), y.ravel(), z.ravel()], 1), (len(TIMES), 1, 1))


def test_the_camera_looks_near_its_target_from_robot_height(rng):
    target = np.array([0.2, -0.1, 1.0])
    for _ in range(30):
        path = draw_path(rng, TIMES, target, 2.5, rng.uniform(0, 6))
        assert path.origin[:, 2].min() >= 0.2
        assert path.origin[:, 2].max() <= 1.9
        seen = path.to_camera(target[None], 2)[0]
        assert seen[2] > 1.5
        assert abs(seen[0] / seen[2]) < 0.5
        assert np.allclose(path.rotation @ np.swapaxes(path.rotation, 1, 2), np.eye(3), atol=1e-9)
        assert np.allclose(np.linalg.det(path.rotation), 1), "right, down, forward is right-handed"


def test_the_image_is_upright(rng):
    path = draw_path(rng, TIMES, np.array([0, 0, 1.0]), 3.0, 0.5)
    top, bottom = (path.to_camera(np.array([[0, 0, z]]), 2)[0] for z in (1.8, 0.0))
    assert top[1] < bottom[1], "y points down"


@pytest.mark.parametrize(("framing", "low", "high"), [("full", 0.8, 7.0), ("person", 0.7, 7.0)])
def test_distances_are_a_robots(rng, framing, low, high):
    drawn = [draw_distance(rng, framing) for _ in range(300)]
    assert low <= min(drawn)
    assert max(drawn) <= high


def test_full_views_have_their_principal_point_near_the_centre(rng):
    for _ in range(50):
        k = full_view(rng, SIZE)
        across = 2 * np.degrees(np.arctan(0.5 * SIZE[0] / k.fx))
        assert 44 < across < 101
        assert abs(k.cx - 127.5) < 15


def test_person_views_are_filled_by_the_person(rng):
    points, fills = box_of_person(), []
    for _ in range(60):
        path = draw_path(rng, TIMES, np.array([0, 0, 0.9]), rng.uniform(2, 4), rng.uniform(0, 6))
        k = person_view(rng, path, points, SIZE)
        pixels = k.project(path.to_camera(points[2], 2))
        box = np.minimum(pixels.max(0), SIZE) - np.maximum(pixels.min(0), 0)
        fills.append((box / SIZE).max())
    assert np.median(fills) > 0.75
    assert np.mean(np.array(fills) > 0.45) > 0.97


def test_nobody_ahead_still_gives_a_camera(rng):
    path = draw_path(rng, TIMES, np.array([0, 0, 0.9]), 2.0, 0.0)
    behind = box_of_person() + np.array([50.0, 0, 0])
    assert person_view(rng, path, behind, SIZE).fx > 0
