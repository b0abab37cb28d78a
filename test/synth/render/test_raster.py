# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.synth.render import raster

TRIANGLE = np.array([[0, 1, 2]], np.int32)


def draw(screen, size=8):
    depth = np.full((size, size), raster.FAR, np.float32)
    triangle = np.full((size, size), -1, np.int32)
    weights = np.zeros((size, size, 2), np.float32)
    raster.draw(np.array(screen, np.float32), TRIANGLE, 0.1, depth, triangle, weights)
    return depth, triangle, weights


def test_pixel_centres_are_at_integers():
    _, triangle, _ = draw([[1.9, 1.9, 1], [2.4, 1.9, 1], [1.9, 2.4, 1]])
    assert np.argwhere(triangle == 0).tolist() == [[2, 2]]


def test_triangles_nearer_than_near_are_left_out():
    assert (draw([[0, 0, 0.05], [7, 0, 1], [0, 7, 1]])[1] == -1).all()


def test_depth_is_interpolated_in_perspective():
    depth, _, weights = draw([[0, 0, 1], [7, 0, 3], [0, 7, 1]])
    assert np.isclose(depth[0, 0], 1)
    halfway = 1 / (0.5 * (1 / 1 + 1 / 3))
    assert np.isclose(depth[0, 3], 1 / (4 / 7 / 1 + 3 / 7 / 3), atol=1e-5)
    assert depth[0, 3] < halfway < depth[0, 4]
    assert np.isclose(weights[0, 0, 0], 1)


def test_the_nearer_triangle_wins():
    points = np.array(
        [[0, 0, 2], [7, 0, 2], [0, 7, 2], [0, 0, 1], [7, 0, 1], [0, 7, 1]], np.float32
    )
    faces = np.array([[3, 4, 5], [0, 1, 2]], np.int32)
    depth, triangle = np.full((8, 8), 1e9, np.float32), np.full((8, 8), -1, np.int32)
    raster.draw(points, faces, 0.1, depth, triangle, np.zeros((8, 8, 2), np.float32))
    assert triangle[1, 1] == 0
    assert depth[1, 1] == 1


def test_skinning_blends_bones():
    matrices = np.tile(np.eye(4, dtype=np.float32)[:3], (2, 1, 1))
    matrices[1, 0, 3] = 2.0
    vertices = np.zeros((1, 3), np.float32)
    out = np.empty_like(vertices)
    weights, bones = np.array([[0.25, 0.75]], np.float32), np.array([[0, 1]], np.int32)
    raster.skin(vertices, weights, bones, matrices, out)
    assert np.allclose(out, [[1.5, 0, 0]])


def test_normals_point_out_of_a_counterclockwise_triangle():
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    normals = np.empty_like(points)
    raster.vertex_normals(points, TRIANGLE, normals)
    assert np.allclose(normals, [0, 0, 1])
