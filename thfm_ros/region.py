# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the network is shown of the camera's image: all of it (a `Resize`), or a part (a `Crop`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from thfm_ros.camera import Intrinsics, Resize
from thfm_ros.frame import Frame
from thfm_ros.tasks.mask import ON_PERSON

_MARGIN = 1.25
"""Around people who may have moved since they were seen."""
ENLARGED = 2.0
"""At most so many pixels are made of one, here and in training."""
_SLACK = 0.05
"""How far a body may reach beyond its box, as a share of the box."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Crop:
    """A part of the source image as network input; maps pixels and maps as `Resize` does.

    source: (width, height) of the whole image
    box:    x, y, width, height of the part, inside the image
    """

    source: tuple[int, int]
    box: Box
    target: tuple[int, int]

    @property
    def resize(self) -> Resize:
        """From the part to the network's input."""
        return Resize(self.box[2:], self.target)

    def image_to_target(self, image: np.ndarray) -> np.ndarray:
        """Cut and resample an image [H, W, ...] of the source."""
        x, y, width, height = self.box
        return self.resize.image_to_target(image[y : y + height, x : x + width])

    def pixels_to_source(self, pixels: np.ndarray) -> np.ndarray:
        """Map pixels [..., 2] of the network's input to the whole image."""
        return self.resize.pixels_to_source(pixels) + self.box[:2]

    def map_to_source(self, values: np.ndarray, *, nearest: bool = False) -> np.ndarray:
        """Resample a map [H, W] or [H, W, C] of the part onto the whole image, 0 around it."""
        x, y, width, height = self.box
        whole = np.zeros((*self.source[::-1], *values.shape[2:]), values.dtype)
        whole[y : y + height, x : x + width] = self.resize.map_to_source(values, nearest=nearest)
        return whole

    def clip(self, frames: tuple[Frame, ...], padded: int) -> np.ndarray:
        """Return frames as network input, uint8 [T, H, W, 3]; the first is repeated so often."""
        images = [self.image_to_target(frame.image) for frame in frames]
        return np.stack([images[0]] * padded + images)


def crop_around(
    box: Box, source: tuple[int, int], target: tuple[int, int], margin: float = _MARGIN
) -> Crop:
    """Return a crop, `margin` times the box, in the network's proportions where it can be."""
    x, y, width, height = box
    tall = max(height, width * target[1] / target[0]) * margin
    tall = max(tall, target[1] / ENLARGED)
    extent = np.array((tall * target[0] / target[1], tall))
    centre = np.array((x + width / 2, y + height / 2))
    low = np.clip(np.floor(centre - extent / 2), 0, np.array(source) - 1).astype(int)
    high = np.clip(np.ceil(centre + extent / 2), low + 1, source).astype(int)
    return Crop(tuple(source), (*low.tolist(), *(high - low).tolist()), tuple(target))


def best_crop(
    box: Box,
    source: tuple[int, int],
    targets: tuple[tuple[int, int], ...],
    margin: float = _MARGIN,
) -> Crop:
    """Return the crop around a box that shows it largest, of crops in several proportions.

    targets: the sizes (width, height) that the network takes; the first one where all are equal
    """
    crops = [crop_around(box, source, target, margin) for target in targets]
    return max(crops, key=lambda crop: min(crop.resize.scale))


Region = Resize | Crop


# A picture's is the same in every frame, and to undo a lens takes a millisecond.
@lru_cache(maxsize=16)
def camera_from_region(region: Region, intrinsics: Intrinsics | None) -> np.ndarray | None:
    """Return the rotation [3, 3] of directions that the network sees in a region; None = unknown.

    It is where there are no intrinsics, and where the lens shows nothing at the region's middle.

    Its axes are those of a camera that looks at the region's middle: a picture does not show where
    the optical axis is. For all of a picture that is nearly the camera itself.
    """
    if intrinsics is None:
        return None
    x, y, width, height = (0, 0, *region.source) if isinstance(region, Resize) else region.box
    rotation = intrinsics.facing((x + (width - 1) / 2, y + (height - 1) / 2))
    return rotation if np.isfinite(rotation).all() else None


def others_around(box: Box, mask: np.ndarray) -> np.ndarray:
    """Return where people are who are not looked at: uint8 [H, W], 255 outside the box, 0 inside.

    mask: matte of all people [H, W], 0..1
    """
    x, y, width, height = box
    slack = round(_SLACK * max(width, height))
    others = np.where(mask >= ON_PERSON, np.uint8(255), np.uint8(0))
    inside = np.s_[max(y - slack, 0) : y + height + slack, max(x - slack, 0) : x + width + slack]
    others[inside] = 0
    return others


def paint_over(clip: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Give pixels of images [T, H, W, 3] the mean colour of their rest; others: bool [H, W]."""
    if not others.any() or others.all():
        return clip
    return np.where(others[..., None], clip[:, ~others].mean(1)[:, None, None], clip).astype(
        clip.dtype
    )
