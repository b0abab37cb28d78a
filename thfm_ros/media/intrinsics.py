# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/CameraInfo to intrinsics, from a live message or from a bag. No ROS needed."""

from __future__ import annotations

import math
import re

import numpy as np

from thfm_ros.camera import Intrinsics, Resize
from thfm_ros.media.transports import camera_of

_RECTIFIED = re.compile(r"(^|[/_])rect(ified)?(_[^/]*)?(/image(_color|_mono)?)?$")
"""What image_proc and drivers call them: image_rect, image_rect_color, rect/image and the like."""


class CameraInfoError(ValueError):
    """A camera_info that cannot be used; the text is the reason, in words that fit a log line."""


def is_rectified(topic: str) -> bool:
    """Whether the images of a topic have no distortion any more, by its name; live and in bags."""
    return _RECTIFIED.search(camera_of(topic)) is not None


def intrinsics_from(info: object, size: tuple[int, int], rectified: bool = False) -> Intrinsics:
    """Read the intrinsics of an image of size (width, height), in pixels.

    rectified: the image has no distortion any more, so P counts and not K and D. Where P is left
    empty and there is no distortion, K says the same.
    """
    fx, fy, cx, cy = _parameters(info, rectified)
    named = {"fx": fx, "fy": fy, "cx": cx, "cy": cy} | {f"d[{i}]": v for i, v in enumerate(info.d)}
    wrong = ", ".join(f"{name} {v}" for name, v in named.items() if not math.isfinite(v))
    if wrong:
        raise CameraInfoError(f"camera_info has values that are not finite: {wrong}")
    if fx == 0:
        raise CameraInfoError("camera_info has fx 0: the camera is not calibrated")
    distortion = () if rectified else tuple(float(value) for value in info.d)
    model = "plumb_bob" if rectified else info.distortion_model
    (sx, _, tx), (_, sy, ty) = image_from_sensor(info, size)
    try:
        return Intrinsics(fx * sx, fy * sy, cx * sx + tx, cy * sy + ty, *size, distortion, model)
    except ValueError as error:
        raise CameraInfoError(str(error)) from error


def image_from_sensor(info: object, size: tuple[int, int]) -> np.ndarray:
    """Return the affine map [2, 3] of pixels: where the calibrated sensor's are in the image.

    K, P, width and height tell of the whole sensor; an image of size (width, height) is all of it
    or its region of interest, binned (sensor_msgs/CameraInfo, REP-104). Without a region it may
    also be of any other resolution with the same aspect. CameraInfoError if it is none of these.
    """
    sensor, region = (info.width, info.height), info.roi
    if not all(sensor):
        raise CameraInfoError(f"camera_info width is {info.width}, height is {info.height}")
    if tuple(size) == sensor:
        return np.eye(2, 3)
    has_region = region.width and region.height
    windows = [(sensor, (0, 0))]
    if has_region:
        windows.insert(0, ((region.width, region.height), (region.x_offset, region.y_offset)))
    binning = max(info.binning_x, 1), max(info.binning_y, 1)
    for (width, height), offset in windows:
        if tuple(size) == (width // binning[0], height // binning[1]):
            # What does not fill a bin is cut off.
            covered = size[0] * binning[0], size[1] * binning[1]
            matrix = Resize(covered, tuple(size), "stretch").matrix
            matrix[:, 2] -= matrix[:, :2] @ offset
            return matrix
    if has_region and (region.width, region.height) != sensor:
        raise CameraInfoError(
            f"camera_info has a region of {region.width}x{region.height} pixels, "
            f"binned {binning[0]}x{binning[1]}, the image has {size[0]}x{size[1]}"
        )
    if abs(sensor[0] * size[1] - sensor[1] * size[0]) > max(sensor):
        raise CameraInfoError(
            f"camera_info is for {sensor[0]}x{sensor[1]} pixels, the image has {size[0]}x{size[1]}"
        )
    return Resize(sensor, tuple(size), "stretch").matrix


def _parameters(info: object, rectified: bool) -> tuple[float, float, float, float]:
    rectified = rectified and (any(info.p) or any(info.d))
    matrix, columns = (info.p, 4) if rectified else (info.k, 3)
    return (
        float(matrix[0]),
        float(matrix[columns + 1]),
        float(matrix[2]),
        float(matrix[columns + 2]),
    )
