# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The matte of all people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from thfm_ros.tasks.task import DenseTask, Planes, Target

if TYPE_CHECKING:
    import torch


class Mask(DenseTask):
    """Soft coverage, painted as grey."""

    name = "mask"
    prompt = "Input: RGB. Output: Foreground Mask."
    unit = "soft coverage, 0..1"
    encoding = "mono8"
    topic = "mask/image"
    plane = "mask"
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
