# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.datasets.files import DatasetError
from thfm_ros.evaluation.datasets.mesh import read_ply, view_mesh

CAMERA = Intrinsics(100.0, 100.0, 31.5, 23.5, 64, 48)
ASCII = b"ply\nformat ascii 1.0\nend_header\n"
EMPTY = (
    b"ply\nformat binary_little_endian 1.0\n"
    b"element vertex 0\nproperty float x\nproperty float y\nproperty float z\n"
    b"element face 0\nproperty list uchar int vertex_indices\nend_header\n"
)


@pytest.mark.parametrize("data", [b"", ASCII, EMPTY])
def test_a_file_that_is_no_scan(data):
    with pytest.raises(DatasetError, match=r"x\.ply"):
        read_ply(data, "x.ply")


def test_a_square_scan_seen_from_the_front():
    corners = np.array([[-1, -1, 4], [1, -1, 4], [1, 1, 4], [-1, 1, 4]])
    fields = view_mesh(corners, np.array([[0, 1, 2], [0, 2, 3]]), CAMERA)
    rows, columns = np.nonzero(fields["mask"])
    assert (columns.min(), columns.max()) == (7, 56)
    assert np.allclose(fields["depth"][rows, columns], 4)
    assert np.allclose(fields["normals"][rows, columns], (0, 0, -1))
    assert np.isnan(fields["depth"][0, 0])
