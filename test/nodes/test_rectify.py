# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from thfm_ros.media.intrinsics import intrinsics_from
from thfm_ros.nodes.camera_info import camera_info_for
from thfm_ros.nodes.rectify import rectified_depth

SIZE = (320, 240)
K = [200.0, 0, 160.0, 0, 200.0, 120.0, 0, 0, 1.0]
P = [180.0, 0, 155.0, 0, 0, 180.0, 118.0, 0, 0, 0, 1.0, 0]
LENS = [-0.3, 0.1, 0.001, -0.002, 0.0]


def info(**fields):
    fields = {"k": K, "d": LENS, "p": P, "distortion_model": "plumb_bob", **fields}
    return CameraInfo(width=SIZE[0], height=SIZE[1], **fields)


def plane(camera):
    """The depth image of a wall that is tilted."""
    columns, rows = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    rays = camera.rays(np.stack((columns.ravel(), rows.ravel()), -1).astype(float))
    return (3.0 / (1 - 0.3 * rays[:, 0])).reshape(SIZE[::-1]).astype(np.float32)


@pytest.mark.parametrize("turned", [0.0, 0.03])
def test_a_wall_stays_a_wall(turned):
    """Issue 27.8: depth is at distorted pixels; whoever reads it by P was wrong."""
    rotation = cv2.Rodrigues(np.array((0.0, turned, 0.0)))[0]
    given = camera_info_for(info(r=rotation.ravel()), Header(), SIZE)
    camera = intrinsics_from(given, SIZE)
    depth = rectified_depth(plane(camera), camera, given)
    known = np.isfinite(depth)
    assert known.mean() > 0.8
    rows, columns = np.nonzero(known)
    rays = np.stack(((columns - P[2]) / P[0], (rows - P[6]) / P[5], np.ones(len(rows))), -1)
    x, _, z = ((rays * depth[known][:, None]) @ rotation).T
    assert np.abs(z - 0.3 * x - 3.0).max() < 0.02


def test_an_empty_p_is_k():
    given = camera_info_for(info(p=[0.0] * 12), Header(), SIZE)
    assert list(given.p) == [200.0, 0, 160.0, 0, 0, 200.0, 120.0, 0, 0, 0, 1.0, 0]


def test_an_image_that_is_rectified_stays_as_it_is():
    given = camera_info_for(info(), Header(), SIZE, rectified=True)
    camera = intrinsics_from(given, SIZE)
    depth = plane(camera)
    np.testing.assert_allclose(rectified_depth(depth, camera, given), depth)
