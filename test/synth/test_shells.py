# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.synth.render import raster
from thfm_ros.synth.shells import make_shell


def octahedron():
    points = np.array(
        [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32
    )
    faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    return points, np.array(faces, np.int32)


def shell():
    points, faces = octahedron()
    attributes = {
        "weights": np.tile(np.array([[0.75, 0.25]], np.float32), (6, 1)),
        "bones": np.array([[k, 6] for k in range(6)], np.int32),
        "pattern": points,
        "canonical": points,
        "occlusion": np.ones(6, np.float32),
        "part": np.arange(6),
        "region": np.arange(6),
        "along": np.zeros(6, np.float32),
        "place": points,
    }
    return make_shell(faces, attributes, 7)


def test_every_triangle_becomes_four_with_shared_midpoints():
    refined = shell()
    assert refined.fine.shape == (32, 3)
    assert len(refined.edges) == 12
    assert refined.coarse == 6
    assert refined.fine.max() == 6 + 12 - 1


def test_midpoints_are_lifted_towards_the_round_shape():
    points, _ = octahedron()
    fine = shell().refine(points)
    assert np.array_equal(fine[:6], points)
    radius = np.linalg.norm(fine[6:], axis=1)
    assert (radius > 0.9).all(), "a flat midpoint would lie at 0.71"


def test_flat_shells_stay_flat():
    points, _ = octahedron()
    points[:, 2] = 0
    assert np.allclose(shell().refine(points)[:, 2], 0, atol=1e-6)


def test_orientation_is_kept():
    refined, (points, _) = shell(), octahedron()
    fine = refined.refine(points)
    normals = np.empty_like(fine)
    raster.vertex_normals(fine, refined.fine, normals)
    assert ((normals * fine).sum(1) > 0).all(), "outside stays outside"


def test_midpoint_weights_sum_to_one_and_keep_the_strongest_bones():
    refined = shell()
    assert np.allclose(refined.weights.sum(1), 1)
    a, b = refined.edges[0]
    assert set(refined.bones[6]) == {a, b}
