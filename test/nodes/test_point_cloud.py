# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header

from thfm_ros.camera import Intrinsics
from thfm_ros.nodes.point_cloud import people_cloud

CAMERA = Intrinsics(50.0, 50.0, 31.5, 23.5, 64, 48)


@pytest.fixture
def scene():
    depth = np.full((48, 64), 2.0, np.float32)
    depth[0] = np.nan
    instances = np.zeros((48, 64), np.uint8)
    instances[:20, 10:30] = 1
    colours = np.zeros((48, 64, 3), np.uint8)
    colours[...] = (200, 100, 50)
    return depth, instances, colours


def values(cloud):
    names = [field.name for field in cloud.fields]
    types = ["<f4" if field.datatype == 7 else "<u4" for field in cloud.fields]
    offsets = [field.offset for field in cloud.fields]
    layout = {"names": names, "formats": types, "offsets": offsets, "itemsize": cloud.point_step}
    return np.frombuffer(cloud.data, np.dtype(layout))


def test_the_cloud_is_the_peoples_pixels_in_space(scene):
    depth, instances, colours = scene
    cloud = people_cloud(Header(frame_id="optical"), depth, CAMERA, instances, colours)
    cloud = deserialize_message(serialize_message(cloud), PointCloud2)
    points = values(cloud)
    assert cloud.width == len(points) == 19 * 20
    assert cloud.row_step == cloud.width * cloud.point_step == len(cloud.data)
    space = np.stack([points[axis] for axis in "xyz"], -1)
    pixels = CAMERA.project(space)
    np.testing.assert_allclose(pixels.min(0), (10, 1), atol=1e-3)
    np.testing.assert_allclose(pixels.max(0), (29, 19), atol=1e-3)
    assert set(points["instance"]) == {1}
    assert set(points["rgb"]) == {200 << 16 | 100 << 8 | 50}


def test_a_wide_fisheye_has_no_points_at_infinity(scene):
    """Issue 27.4: points 100 km away, and infinite ones in a cloud that says it is dense."""
    depth, _, colours = scene
    lens = Intrinsics(18.0, 18.0, 31.5, 23.5, 64, 48, (), "equidistant")
    cloud = people_cloud(Header(), depth, lens, np.ones((48, 64), np.uint8), colours)
    points = values(cloud)
    assert 0 < len(points) < 47 * 64
    for axis in "xyz":
        assert np.abs(points[axis]).max() < 120


def test_without_colours_it_is_white(scene):
    depth, instances, _ = scene
    cloud = people_cloud(Header(), depth, CAMERA, instances, None)
    assert set(values(cloud)["rgb"]) == {0xFFFFFF}


def test_nobody_is_an_empty_cloud(scene):
    depth, instances, colours = scene
    cloud = people_cloud(Header(), depth, CAMERA, np.zeros_like(instances), colours)
    assert (cloud.width, len(cloud.data)) == (0, 0)


def test_sensor_msgs_py_reads_it(scene):
    point_cloud2 = pytest.importorskip("sensor_msgs_py.point_cloud2")
    depth, instances, colours = scene
    cloud = people_cloud(Header(), depth, CAMERA, instances, colours)
    read = point_cloud2.read_points(cloud, ["x", "y", "z"])
    np.testing.assert_allclose(read["z"], 2.0)
