# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from rclpy.node import Node
from sensor_msgs.msg import Image

from thfm_ros.nodes.depth_sensor import DepthSensor, metres_from
from thfm_ros.nodes.messages import stamp_message

MS = 1_000_000


def image(values, kind, **fields):
    height, width = values.shape
    made = Image(width=width, height=height, encoding=kind, step=values[0].nbytes)
    made.data = values.tobytes()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"encoding": "rgb8"}, "encoding is 'rgb8'"),
        ({"width": 0}, "size is 0x4"),
        ({"step": 3}, "step 3"),
        ({"data": b"\0" * 7}, "data has 7 bytes"),
        ({"height": 2**31}, "data has"),
    ],
)
@pytest.mark.fault("F08")
def test_what_is_no_depth_image_is_refused(fields, reason):
    with pytest.raises(ValueError, match=reason):
        metres_from(image(np.zeros((4, 6), np.float32), "32FC1", **fields))


def test_metres_and_millimetres_in_both_byte_orders():
    metres = np.linspace(0.5, 4, 24, dtype=np.float32).reshape(4, 6)
    np.testing.assert_array_equal(metres_from(image(metres, "32FC1")), metres)
    for order, big in (("<", 0), (">", 1)):
        values = (metres * 1000).astype(f"{order}u2")
        found = metres_from(image(values, "16UC1", is_bigendian=big))
        np.testing.assert_allclose(found, metres, atol=1e-3)


def test_the_image_nearest_in_time_counts_if_it_is_near(context):
    node, warnings = Node("sensor"), []
    sensor = DepthSensor(node, warnings.append)
    assert sensor.depth_at(100 * MS, (12, 8)) is None
    for stamp, value in ((80, 1.0), (100, 2.0), (120, 3.0)):
        made = image(np.full((4, 6), value, np.float32), "32FC1")
        made.header.stamp = stamp_message(stamp * MS)
        sensor._images.append(made)
    depth = sensor.depth_at(104 * MS, (12, 8))
    assert depth.shape == (8, 12)
    assert (depth == 2.0).all()
    assert sensor.depth_at(200 * MS, (12, 8)) is None
    sensor._images.append(image(np.zeros((4, 6), np.uint8), "mono8"))
    assert sensor.depth_at(0, (12, 8)) is None
    assert "mono8" in warnings[0]
    sensor.close()
    node.destroy_node()
