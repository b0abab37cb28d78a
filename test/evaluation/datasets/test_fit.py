# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.datasets.fit import fit_pinhole

CAMERA = Intrinsics(100.0, 100.0, 31.5, 23.5, 64, 48)


def test_intrinsics_are_found_from_points():
    points = np.random.default_rng(0).normal(size=(32, 3)) + np.array((0, 0, 5))
    found = fit_pinhole(points, CAMERA.project(points), (64, 48))
    assert np.allclose(found.matrix, CAMERA.matrix)
