# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Dense pose: which point of the body a pixel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from thfm_ros.tasks.task import DenseTask, Planes, Target, in_bytes

if TYPE_CHECKING:
    import torch


class DensePose(DenseTask):
    """Canonical body coordinates as RGB, continuous over the body; 0 0 0 means no body."""

    name = "dense_pose"
    prompt = "Input: RGB. Output: Dense Pose."
    unit = "canonical position, 0..1"
    channels = 3
    encoding = "32FC3"
    topic = "dense_pose/image"
    loss_weight = 2.0

    def paint(self, values: torch.Tensor) -> torch.Tensor:
        """Positions are colours."""
        return values * 2 - 1

    def read(self, rgb: torch.Tensor) -> torch.Tensor:
        """Colours are positions."""
        return (rgb * 0.5 + 0.5).clamp(0, 1)

    def target(self, planes: Planes) -> tuple[np.ndarray, np.ndarray]:
        """Return positions on people, 0 elsewhere."""
        return np.where(planes.people[..., None], planes.dense_pose, np.float32(0)), planes.people

    def mirrored(self, values: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Take what is left of the body for what is right of it."""
        flipped = values.copy()
        flipped[..., 0] = np.where(people, 1 - values[..., 0], 0)
        return flipped

    def loss(self, rgb: torch.Tensor, target: Target) -> torch.Tensor:
        """Compare the colours."""
        from thfm_ros.tasks import pixel_losses as losses

        return losses.masked_l1(rgb, target.painted, target.people)

    def picture(self, values: np.ndarray) -> np.ndarray:
        """Positions are colours."""
        return in_bytes(values)
