# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/CameraInfo to intrinsics, from a live message or from a bag. No ROS needed."""

from __future__ import annotations

import math
from dataclasses import replace

from thfm_ros.camera import Intrinsics, Resize

_MODELS = {"": "plumb_bob"}


class CameraInfoError(ValueError):
    """A camera_info that cannot be used; the text is the reason, in words that fit a log line."""


def intrinsics_from(info: object, size: tuple[int, int], rectified: bool = False) -> Intrinsics:
    """Read the intrinsics of an image of size (width, height), in pixels.

    An info of another resolution with the same aspect is scaled; an image that is the info's region
    of interest is cut out (K tells of the whole sensor). rectified: the image has no
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
    return _scaled(_cut_out(intrinsics, info, size), size)


def _cut_out(intrinsics: Intrinsics, info: object, size: tuple[int, int]) -> Intrinsics:
    """Return the intrinsics of the region of interest, if there is one and the image is it."""
    roi = info.roi
    if not (roi.width and roi.height) or tuple(size) == (info.width, info.height):
        return intrinsics
    binning = max(info.binning_x, 1), max(info.binning_y, 1)
    if tuple(size) != (roi.width // binning[0], roi.height // binning[1]):
        return intrinsics
    cx, cy = intrinsics.cx - roi.x_offset, intrinsics.cy - roi.y_offset
    return replace(intrinsics, cx=cx, cy=cy, width=roi.width, height=roi.height)


def _parameters(info: object, rectified: bool) -> tuple[float, float, float, float]:
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
