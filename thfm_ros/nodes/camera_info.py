# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera_info of what we publish."""

from __future__ import annotations

import copy

import numpy as np
from sensor_msgs.msg import CameraInfo, RegionOfInterest
from std_msgs.msg import Header

from thfm_ros.media.intrinsics import image_from_sensor


def camera_info_for(
    info: CameraInfo, header: Header, size: tuple[int, int], rectified: bool = False
) -> CameraInfo:
    """Return the camera_info of the image itself, which has size (width, height) in pixels.

    Region of interest, binning and resizing are taken into K and P, so that width and height are
    the image's; D and R do not depend on them. A P that is left empty becomes K. CameraInfoError if
    info is not of such an image.

    rectified: the image has no distortion any more: its K is what info has as P, and D is empty
    """
    matrix = np.vstack((image_from_sensor(info, size), (0.0, 0.0, 1.0)))
    result = copy.deepcopy(info)
    result.header = header
    if rectified and any(info.p):
        result.k = np.reshape(info.p, (3, 4))[:, :3].ravel()
        result.r = np.eye(3).ravel()
    if rectified:
        result.distortion_model, result.d = "plumb_bob", [0.0] * 5
    if not any(info.p):
        # Drivers leave it empty; who reads rectified images needs it.
        result.p = np.hstack((np.reshape(info.k, (3, 3)), np.zeros((3, 1)))).ravel()
    result.k = (matrix @ np.reshape(result.k, (3, 3))).ravel()
    result.p = (matrix @ np.reshape(result.p, (3, 4))).ravel()
    result.width, result.height = size
    result.binning_x = result.binning_y = 0
    result.roi = RegionOfInterest()
    return result
