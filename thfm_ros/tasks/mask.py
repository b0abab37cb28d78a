# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The matte of all people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from thfm_ros.tasks.task import DenseTask, Planes, Target, in_bytes

if TYPE_CHECKING:
    import torch

ON_PERSON = 0.5
"""From this share of a pixel on, the matte says that it shows a person."""


class Mask(DenseTask):
    """Soft coverage, painted as grey."""

    name = "mask"
    prompt = "Input: RGB. Output: Foreground Mask."
    unit = "soft coverage, 0..1"
    encoding = "mono8"
    topic = "mask/image"
    people_only = False
    unknown = 0.0
    loss_on_people = False

    def paint(self, values: torch.Tensor) -> torch.Tensor:
        """Paint grey."""
        return (values * 2 - 1).expand(*values.shape[:-4], 3, *values.shape[-3:])

    def read(self, rgb: torch.Tensor) -> torch.Tensor:
        """Return the colours' mean."""
        return (rgb.mean(-4, keepdim=True) * 0.5 + 0.5).clamp(0, 1)

    def target(self, planes: Planes) -> tuple[np.ndarray, np.ndarray]:
        """Return the matte; it is known everywhere."""
        return planes.matte[..., None], np.ones_like(planes.people)

    def loss(self, rgb: torch.Tensor, target: Target) -> torch.Tensor:
        """Compare people and surroundings alike."""
        from thfm_ros.tasks import pixel_losses as losses

        return losses.matte(rgb, target.values)

    def picture(self, values: np.ndarray) -> np.ndarray:
        """Paint it grey."""
        return np.repeat(in_bytes(values)[..., None], 3, axis=-1)

    def to_pixels(self, values: np.ndarray) -> np.ndarray:
        """255 is a person."""
        return cv2.multiply(values, 255.0, dtype=cv2.CV_8U)

    def from_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Read bytes, or floats that are 0..1 already."""
        if pixels.dtype == np.uint8:
            return pixels.astype(np.float32) / 255
        return pixels.astype(np.float32).clip(0, 1)
