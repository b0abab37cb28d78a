# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import array

import numpy as np
import pytest
from std_msgs.msg import Header

from thfm_ros.media.images import rgb_from_message
from thfm_ros.nodes.images import array_from_image, image_message


@pytest.mark.parametrize(
    ("values", "encoding"),
    [
        (np.zeros((4, 6, 3), np.float32), "rgb8"),
        (np.zeros((4, 6), np.uint8), "rgb8"),
        (np.zeros((4, 6), np.float64), "32FC1"),
        (np.zeros((4, 6, 2), np.float32), "32FC3"),
        (np.zeros(6, np.uint8), "mono8"),
    ],
)
def test_an_array_of_another_type_is_refused(values, encoding):
    with pytest.raises(ValueError, match=f"{encoding} needs"):
        image_message(Header(), values, encoding)


@pytest.mark.parametrize(
    ("shape", "dtype", "encoding"),
    [
        ((4, 6, 3), np.uint8, "rgb8"),
        ((4, 6), np.uint8, "mono8"),
        ((4, 6), np.float32, "32FC1"),
        ((4, 6, 3), np.float32, "32FC3"),
    ],
)
def test_round_trip(shape, dtype, encoding):
    values = np.random.default_rng(0).integers(0, 255, shape).astype(dtype)
    message = image_message(Header(frame_id="optical"), values, encoding)
    assert message.step == message.width * values.itemsize * (shape[2] if len(shape) > 2 else 1)
    np.testing.assert_array_equal(array_from_image(message), values)


def test_slices_are_copied_in_the_right_order():
    image = np.random.default_rng(0).integers(0, 255, (8, 12, 3), np.uint8)[::2, ::3]
    np.testing.assert_array_equal(rgb_from_message(image_message(Header(), image, "rgb8")), image)


def test_pixels_travel_as_array_because_other_types_cost_100_ms():
    message = image_message(Header(), np.zeros((4, 6, 3), np.uint8), "rgb8")
    assert isinstance(message.data, array.array)
