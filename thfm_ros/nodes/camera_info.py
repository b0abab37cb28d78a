# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/CameraInfo to intrinsics, and the camera_info of what we publish."""

from __future__ import annotations

import copy
import math

from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from thfm_ros.camera import Intrinsics, Resize

_MODELS = {"": "plumb_bob"}


class CameraInfoError(ValueError):
    """A camera_info that cannot be used; the text is the reason, in words that fit a log line."""


def intrinsics_from(info: CameraInfo, size: tuple[int, int], rectified: bool = False) -> Intrinsics:
    """Read the intrinsics of an image of size (width, height), in pixels.

    An info of another resolution with the same aspect is scaled. rectified: the image has no
    distortion any more, so P counts and not K and D.
    """
    fx, fy, cx, cy = _parameters(info, rectified)
    if not all(math.isfinite(value) for value in (fx, fy, cx, cy, *info.d)):
        raise CameraInfoError(f"camera_info has values that are not finite: fx {fx}, fy {fy}")
    if fx == 0:
        raise CameraInfoError("camera_info has fx 0: the camera is not calibrated")
    distortion = () if rectified else tuple(float(value) for value in info.d)
    model = _MODELS.get(info.distortion_model, info.distortion_model)
    try:
        intrinsics = Intrinsics(fx, fy, cx, cy, info.width, info.height, distortion, model)
    except ValueError as error:
        raise CameraInfoError(str(error)) from error
    return _scaled(intrinsics, size)


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


def _parameters(info: CameraInfo, rectified: bool) -> tuple[float, float, float, float]:
    matrix, columns = (info.p, 4) if rectified else (info.k, 3)
    return (
        float(matrix[0]),
        float(matrix[columns + 1]),
        float(matrix[2]),
        float(matrix[columns + 2]),
    )


def _scaled(intrinsics: Intrinsics, size: tuple[int, int]) -> Intrinsics:
    own = (intrinsics.width, intrinsics.height)
    if own == tuple(size):
        return intrinsics
    if abs(own[0] * size[1] - own[1] * size[0]) > max(own):
        raise CameraInfoError(
            f"camera_info is for {own[0]}x{own[1]} pixels, the image has {size[0]}x{size[1]}"
        )
    return Resize(own, tuple(size), "stretch").intrinsics_to_target(intrinsics)
