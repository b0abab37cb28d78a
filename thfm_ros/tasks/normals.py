# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Surface normals: x, y, z are red, green, blue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from thfm_ros.tasks.task import DenseTask, Planes, Target, in_bytes

if TYPE_CHECKING:
    import torch

_SHORTEST = 1e-4
"""Length of a vector that has no direction any more."""
_COLOUR_SHARE = 0.2
"""Of the colours beside the angle: they bound the painted vector's length."""


class Normals(DenseTask):
    """Unit vectors in the optical frame (REP-103: x right, y down, z forward).

    A surface that faces the camera has z < 0; a zero vector, grey, is no surface.
    """

    name = "normals"
    prompt = "Input: RGB. Output: Surface Normal."
    unit = "unit vector, optical frame"
    channels = 3
    encoding = "32FC3"
    topic = "normals/image"
    is_direction = True
    loss_weight = 1.5

    def paint(self, values: torch.Tensor) -> torch.Tensor:
        """Unit vectors in -1..1 are colours in -1..1."""
        return values

    def read(self, rgb: torch.Tensor) -> torch.Tensor:
        """Return the colours' directions."""
        return rgb / rgb.norm(dim=-4, keepdim=True).clamp(min=_SHORTEST)

    def target(self, planes: Planes) -> tuple[np.ndarray, np.ndarray]:
        """Return unit vectors on people, 0 elsewhere."""
        length = np.linalg.norm(planes.normals, axis=-1, keepdims=True)
        return planes.normals * (planes.people[..., None] / np.maximum(length, 1e-3)), planes.people

    def mirrored(self, values: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Turn x around."""
        return values * np.float32([-1, 1, 1])

    def loss(self, rgb: torch.Tensor, target: Target) -> torch.Tensor:
        """Compare the angle, and a little of the colours."""
        from thfm_ros.tasks import pixel_losses as losses

        angle = losses.angular(rgb, target.painted, target.people)
        return angle + _COLOUR_SHARE * losses.masked_l1(rgb, target.painted, target.people)

    def picture(self, values: np.ndarray) -> np.ndarray:
        """Right is red, up is green, towards us is blue: the colours that most papers print."""
        return in_bytes(values * np.float32([0.5, -0.5, -0.5]) + np.float32(0.5))
