# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.synth.assets.occlusion import ambient_occlusion
from thfm_ros.synth.things import boxes


def grid(n, z):
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    points = np.stack([x.ravel(), y.ravel(), np.full(n * n, z)], 1)
    i, j = (k.ravel() for k in np.meshgrid(np.arange(n - 1), np.arange(n - 1)))
    a = i * n + j
    faces = np.concatenate([np.stack([a, a + 1, a + n], 1), np.stack([a + 1, a + n + 1, a + n], 1)])
    return points, faces


def test_an_open_plane_sees_everything_and_a_covered_one_less():
    points, faces = grid(12, 0.0)
    open_plane = ambient_occlusion(points, faces)
    assert open_plane.mean() > 0.95
    lid = boxes("lid", [((0, 0, 0.3), (1.0, 1.0, 0.1), (0.5, 0.5, 0.5), 0)])
    lid_faces = np.arange(len(lid.vertices)).reshape(-1, 3) + len(points)
    covered = ambient_occlusion(
        np.concatenate([points, lid.vertices]), np.concatenate([faces, lid_faces])
    )[: len(points)]
    middle, corner = np.linalg.norm(points, axis=1).argmin(), 0
    assert covered[middle] < 0.5
    assert covered[corner] > covered[middle] + 0.3
