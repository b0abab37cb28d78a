# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera_info of what we publish."""

from __future__ import annotations

import copy

from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from thfm_ros.camera import Resize


def camera_info_for(info: CameraInfo, header: Header, size: tuple[int, int]) -> CameraInfo:
    """Return a copy of info for an image of size (width, height) that covers the same view.

    K and P are scaled, D and R do not depend on the resolution, binning is done.
    """
    result = copy.deepcopy(info)
    result.header = header
    scale = Resize((info.width, info.height), size, "stretch").matrix
    (sx, sy), (tx, ty) = scale.diagonal(), scale[:, 2]
    for row, factor, shift in ((0, sx, tx), (1, sy, ty)):
        for values, columns in ((result.k, 3), (result.p, 4)):
            begin, end = row * columns, (row + 1) * columns
            values[begin:end] = [
                value * factor + values[2 * columns + column] * shift
                for column, value in enumerate(values[begin:end])
            ]
    result.width, result.height = size
    result.binning_x = result.binning_y = 0
    return result
