# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera's intrinsics, and the one resize that images, pixels, intrinsics and maps go through.

Pixel centres are at integers (OpenCV): the first pixel of a row spans -0.5 .. 0.5. Scaling an image
by s therefore moves a point p to (p + 0.5) * s - 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np

from thfm_ros.lens import Lens, lens_of, rays_of
from thfm_ros.pixel_grid import interpolate_pixels

RESIZE_MODES = ("letterbox", "crop", "stretch")
_IDENTITY = np.eye(2, 3)
_GRID_PX = 0.002
"""By how much a ray may be off that is interpolated between those of other pixels."""


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera with optional lens distortion, for an image of width x height pixels.

    fx, fy, cx, cy:   pixels
    distortion:       coefficients as in sensor_msgs/CameraInfo.d
    distortion_model: one of `thfm_ros.lens.NAMES`; plumb_bob without coefficients = rectified image
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    distortion: tuple[float, ...] = ()
    distortion_model: str = "plumb_bob"

    def __post_init__(self) -> None:
        for field in ("fx", "fy", "cx", "cy"):
            value = getattr(self, field)
            if not math.isfinite(value):
                raise ValueError(f"Intrinsics.{field} is {value}, allowed is a finite number")
        for field in ("fx", "fy", "width", "height"):
            value = getattr(self, field)
            if value <= 0:
                raise ValueError(f"Intrinsics.{field} is {value}, allowed is more than 0")
        if not all(math.isfinite(value) for value in self.distortion):
            raise ValueError(
                f"Intrinsics.distortion is {self.distortion}, allowed are finite numbers"
            )
        try:
            lens_of(self.distortion_model, self.distortion)
        except ValueError as error:
            raise ValueError(f"Intrinsics.{error}") from error

    @cached_property
    def lens(self) -> Lens:
        """What bends the rays."""
        return lens_of(self.distortion_model, self.distortion)

    @cached_property
    def matrix(self) -> np.ndarray:
        """K as float64 [3, 3]."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project points [..., 3] (metres, optical frame) to the image's pixels [..., 2].

        Through a lens, NaN = not in the image: beyond its fold, or behind it.
        """
        points = np.asarray(points, dtype=np.float64)
        if self.lens.is_pinhole:
            image = points[..., :2] / points[..., 2:]
        else:
            image = self.lens.image_points(points.reshape(-1, 3)).reshape(*points.shape[:-1], 2)
        return image * (self.fx, self.fy) + (self.cx, self.cy)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """Return where the rays of pixels [N, 2] meet z = 1, distortion undone: x, y [N, 2].

        NaN where none does: beyond the lens's fold, 89 degrees or more off the axis, or NaN before.
        """
        if self.lens.is_pinhole:
            return self._normalised(pixels)
        return rays_of(self.directions(pixels).T).T

    def directions(self, pixels: np.ndarray) -> np.ndarray:
        """Return where pixels [N, 2] look: unit vectors [N, 3], NaN beyond the lens's fold."""
        points = self._normalised(pixels)
        if self.lens.is_pinhole:
            points = np.pad(points, ((0, 0), (0, 1)), constant_values=1.0)
            return points / np.linalg.norm(points, axis=-1, keepdims=True)
        directions = np.full((len(points), 3), np.nan)
        known = np.isfinite(points).all(-1)
        directions[known] = self.lens.directions(points[known])
        return directions

    def _normalised(self, pixels: np.ndarray) -> np.ndarray:
        return (np.asarray(pixels, dtype=np.float64) - (self.cx, self.cy)) / (self.fx, self.fy)

    def facing(self, pixel: tuple[float, float]) -> np.ndarray:
        """Return the rotation [3, 3] of directions from a camera that looks at a pixel to this one.

        The shortest one, which takes the optical axis to the pixel's ray (Rodrigues); NaN beyond
        the lens's fold.
        """
        ((x, y, z),) = self.directions(np.array([pixel]))
        cross = np.array(((0, 0, x), (0, 0, y), (-x, -y, 0)))
        return np.eye(3) + cross + cross @ cross / (1 + z)

    def back_project(self, depth: np.ndarray) -> np.ndarray:
        """Lift depth [H, W] (metres along z) to points [H, W, 3] in the optical frame."""
        x, y = pixel_rays(self)
        return np.stack((x * depth, y * depth, depth), -1)


@lru_cache(maxsize=2)
def pixel_rays(camera: Intrinsics) -> np.ndarray:
    """Return where the ray of every pixel meets z = 1: x and y, float32 [2, H, W], read only.

    As `Intrinsics.rays`, to a hundredth of a pixel. Kept, so that a camera costs its lens once.
    """
    size = camera.width, camera.height
    if camera.lens.is_pinhole:
        columns, rows = (np.arange(count, dtype=np.float64) for count in size)
        x, y = (columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy
        rays = np.stack(np.broadcast_arrays(x, y[:, None])).astype(np.float32)
    else:
        tolerance = _GRID_PX / max(camera.fx, camera.fy)
        directions = interpolate_pixels(camera.directions, size, tolerance)
        rays = rays_of(directions)
    rays.flags.writeable = False
    return rays


@dataclass(frozen=True)
class Resize:
    """The transform between a source image and the network's input.

    source, target: (width, height) in pixels
    mode: "letterbox" keeps the aspect and pads, "crop" keeps the aspect and cuts the overhang,
          "stretch" fills the target with another scale per axis
    """

    source: tuple[int, int]
    target: tuple[int, int]
    mode: str = "letterbox"

    def __post_init__(self) -> None:
        if self.mode not in RESIZE_MODES:
            raise ValueError(f"Resize.mode is {self.mode!r}, allowed is one of {RESIZE_MODES}")
        for field in ("source", "target"):
            width, height = getattr(self, field)
            if width <= 0 or height <= 0:
                raise ValueError(f"Resize.{field} is {(width, height)}, allowed is more than 0")

    @cached_property
    def scale(self) -> tuple[float, float]:
        """Target pixels per source pixel, along x and y."""
        x, y = (self.target[axis] / self.source[axis] for axis in (0, 1))
        if self.mode == "letterbox":
            x = y = min(x, y)
        elif self.mode == "crop":
            x = y = max(x, y)
        return x, y

    @cached_property
    def offset(self) -> tuple[float, float]:
        """Where the source's left and upper edge land, in pixels from the target's edges."""
        return tuple(
            (self.target[axis] - self.source[axis] * self.scale[axis]) / 2 for axis in (0, 1)
        )

    @cached_property
    def matrix(self) -> np.ndarray:
        """The affine map of pixels source -> target as float64 [2, 3] (for cv2.warpAffine)."""
        (sx, sy), (ox, oy) = self.scale, self.offset
        return np.array(
            [[sx, 0.0, 0.5 * sx - 0.5 + ox], [0.0, sy, 0.5 * sy - 0.5 + oy]], dtype=np.float64
        )

    @cached_property
    def inverse_matrix(self) -> np.ndarray:
        """The affine map of pixels target -> source as float64 [2, 3]."""
        return cv2.invertAffineTransform(self.matrix)

    def pixels_to_target(self, pixels: np.ndarray) -> np.ndarray:
        """Map pixels [..., 2] of the source to the target."""
        return np.asarray(pixels) * self.matrix.diagonal() + self.matrix[:, 2]

    def pixels_to_source(self, pixels: np.ndarray) -> np.ndarray:
        """Map pixels [..., 2] of the target back to the source."""
        return (np.asarray(pixels) - self.matrix[:, 2]) / self.matrix.diagonal()

    def image_to_target(self, image: np.ndarray) -> np.ndarray:
        """Resample an image [H, W, C] of the source; bands outside it are black."""
        # warpAffine has no area filter and would alias: shrink first, then place what is left.
        # OpenCV's area filter on bytes is exact to half a grey level and uses all cores. Torch's
        # antialiasing is quicker on one core but blurs over twice the area; floats cost several
        # times as much; numba gives OpenCV's bytes in OpenCV's time. Normalising is the model's.
        reduced = tuple(
            min(edge, max(1, round(edge * scale)))
            for edge, scale in zip(self.source, self.scale, strict=True)
        )
        if reduced != tuple(self.source):
            image = cv2.resize(image, reduced, interpolation=cv2.INTER_AREA)
        rest = _compose(self.matrix, Resize(self.source, reduced, "stretch").inverse_matrix)
        if reduced == tuple(self.target) and np.allclose(rest, _IDENTITY, atol=1e-9):
            return image
        return cv2.warpAffine(image, rest, self.target, flags=cv2.INTER_LINEAR)

    def map_to_source(
        self, values: np.ndarray, *, outside: float = 0.0, nearest: bool = False
    ) -> np.ndarray:
        """Resample a map [H, W] or [H, W, C] of the target onto the source's pixels.

        outside: the value of source pixels that a crop cut away
        nearest: take the nearest pixel's value, of labels; else interpolate linearly
        """
        shown, flags = self._shown, cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
        if shown is not None:
            # Several times as fast as warpAffine, and no band leaks in at the border.
            return cv2.resize(values[shown], self.source, interpolation=flags)
        values = np.ascontiguousarray(values)
        mapped = cv2.warpAffine(
            values,
            self.inverse_matrix,
            self.source,
            flags=flags,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if self.mode == "crop" and min(self.offset) < 0:
            mapped[~self._covered()] = outside
        return mapped

    @cached_property
    def _shown(self) -> tuple[slice, slice] | None:
        """The target's rows and columns that show the source, or None where they cut pixels."""
        begin = np.rint(self.offset).astype(int)
        end = np.array(self.target) - begin
        if begin.min() < 0 or not np.allclose(begin, self.offset, atol=1e-6):
            return None
        return slice(begin[1], end[1]), slice(begin[0], end[0])

    def _covered(self) -> np.ndarray:
        rows, columns = np.indices((self.source[1], self.source[0]), dtype=np.float64)
        x, y = np.moveaxis(self.pixels_to_target(np.stack((columns, rows), -1)), -1, 0)
        inside_x = (x > -0.5) & (x < self.target[0] - 0.5)
        return inside_x & (y > -0.5) & (y < self.target[1] - 0.5)


def _compose(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return the affine map [2, 3] that applies `first`, then `second`."""
    return second @ np.vstack([first, (0.0, 0.0, 1.0)])
