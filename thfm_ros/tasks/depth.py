# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Depth, relative to the median of the people in the clip: metres cannot be seen in one view."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from thfm_ros.tasks.depth_code import DepthCode
from thfm_ros.tasks.task import DenseTask, Planes, Target, in_bytes

if TYPE_CHECKING:
    import torch

_NEAREST_M = 0.05
"""Nothing that a camera sees is nearer: such a truth says that the depth is not known."""
_LARGEST_RATIO = 4.0
"""Pixels that are further off the people's median, or nearer than a quarter, are background."""
_SMALLEST_RATIO = 1e-3
"""What blending makes of a depth that is not even that is no depth."""


@dataclass(frozen=True)
class Depth(DenseTask):
    """Read as the code's value, 0 near, 1 far, of which `code.ratio` is depth / median.

    code:        how depth over the median becomes colours
    people_only: whether it is told of people alone, or of the whole scene
    """

    code: DepthCode = field(default_factory=DepthCode)
    people_only: bool = False

    name = "depth"
    prompt = "Input: RGB. Output: Depth."
    unit = "multiples of the clip's median depth"
    topic = "depth_relative/image"
    is_relative = True

    def paint(self, values: torch.Tensor) -> torch.Tensor:
        """Depth / median [..., 1, T, H, W] -> RGB; infinity is the code's far end."""
        return self.code.encode(values.squeeze(-4))

    def read(self, rgb: torch.Tensor) -> torch.Tensor:
        """RGB -> the code's value, 0..1."""
        return self.code.decode_value(rgb).unsqueeze(-4)

    def target(self, planes: Planes) -> tuple[np.ndarray, np.ndarray]:
        """Return depth over the people's median; infinite where nobody is."""
        known = planes.people & (planes.depth > _NEAREST_M)
        ratio = np.where(known, planes.depth / (planes.median or 1.0), 1.0)
        valid = known & (ratio < _LARGEST_RATIO) & (ratio > 1 / _LARGEST_RATIO)
        return np.where(planes.people, ratio, np.inf)[..., None].astype(np.float32), valid

    def loss(self, rgb: torch.Tensor, target: Target) -> torch.Tensor:
        """Colours, and the value's shape: up to a scale and a shift of the whole clip."""
        from thfm_ros.tasks import pixel_losses as losses

        painted, valid = target.painted, target.valid
        value, goal = self.code.plain_value(rgb), self.code.plain_value(painted)
        return (
            losses.masked_l1(rgb, painted, valid)
            + 0.5 * losses.scale_shift_invariant_l1(value, goal, valid)
            + 0.5 * losses.spatial_gradient(value, goal, valid)
            + losses.temporal_gradient(value, goal, valid)
        )

    def picture(self, values: np.ndarray) -> np.ndarray:
        """Colour depth of any scale: near is warm, far is cold.

        The range is the 2nd to the 98th percentile of this image.
        """
        known = np.isfinite(values)
        if not known.any():
            return np.zeros((*values.shape, 3), np.uint8)
        near, far = np.percentile(values[known], (2, 98))
        nearness = (far - np.where(known, values, far)) / max(far - near, 1e-6)
        colours = cv2.applyColorMap(in_bytes(nearness), cv2.COLORMAP_TURBO)
        colours = cv2.cvtColor(colours, cv2.COLOR_BGR2RGB)
        colours[~known] = 0
        return colours

    def blendable(self, values: np.ndarray) -> np.ndarray:
        """Undo the code's curve: a scale and a shift are meaningful for depth, not for paint."""
        return self.code.ratio_of_map(values)

    def from_blendable(self, values: np.ndarray) -> np.ndarray:
        """Apply the code's curve again."""
        return self.code.value_of_map(np.maximum(values, _SMALLEST_RATIO))
