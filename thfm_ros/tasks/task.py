# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a task is: something that the model predicts, and all that is particular to it.

This folder loads without torch: methods that work on tensors use the tensors' own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    import torch


class Task:
    """One thing that the model predicts.

    prompt: selects the task in the transformer's cross-attention
    unit:   of the values
    """

    name: ClassVar[str]
    prompt: ClassVar[str]
    unit: ClassVar[str]


def in_bytes(values: np.ndarray) -> np.ndarray:
    """Return 0..1 as uint8; NaN is 0."""
    return (np.nan_to_num(values, nan=0.0).clip(0, 1) * 255).astype(np.uint8)


class SparseTask(Task):
    """Landmarks, from tokens that are appended to the video."""


@dataclass(frozen=True)
class Planes:
    """Ground truth of a clip at the network's size; what tasks make their targets of.

    matte:    float32 [T, H, W], soft coverage of all people, 0..1
    people:   bool [T, H, W], where the matte is more than a half
    depth:    float32 [T, H, W], metres along z, 0 = unknown
    median:   metres, of the people's depth in all of the clip; None = unknown
    normals:  float32 [T, H, W, 3], in the axes that the picture shows, 0 = unknown
    dense_pose: float32 [T, H, W, 3], canonical body coordinates 0..1
    part:     uint8 [T, H, W], 1.. = part of the body (tasks/parts.py), 0 = unknown
    """

    matte: np.ndarray
    people: np.ndarray
    depth: np.ndarray
    median: float | None
    normals: np.ndarray
    dense_pose: np.ndarray
    part: np.ndarray


@dataclass(frozen=True)
class Target:
    """What a dense task's prediction is compared with, tensors [B, C, T, H, W].

    values: in the task's unit, and what it says of places without anybody there
    painted: the same as RGB in -1..1, which a perfect prediction would be
    valid:  [B, 1, ...], 1 where the values are known
    people: [B, 1, ...], 1 where a person is
    """

    values: torch.Tensor
    painted: torch.Tensor
    valid: torch.Tensor
    people: torch.Tensor


class DenseTask(Task):
    """A map, which is painted as an RGB video in -1..1, so that a video codec can carry it.

    Reading takes a map back from the (imperfect) colours. Painting and reading are elementwise or
    reduce over the colours, on tensors of any device, and are safe to capture in a CUDA graph.

    channels:     of a map: 1 is [H, W], 3 is [H, W, 3]
    topic, encoding: of the sensor_msgs/Image that it is published as
    is_direction: the values are unit vectors in the camera's axes, and turn with it
    is_label:     the values are numbers of classes, and between two there is nothing
    is_relative:  the values of two windows differ by a scale and a shift
    people_only:  it says nothing of places where nobody is: they are NaN
    unknown:      what a pixel says whose value is not known
    loss_on_people: the loss is of people's pixels, and where nobody is the paint's is added
    loss_weight:  how much the task's loss counts, unless a run says so
    """

    channels: ClassVar[int] = 1
    encoding: ClassVar[str] = "32FC1"
    topic: ClassVar[str]
    is_direction: ClassVar[bool] = False
    is_label: ClassVar[bool] = False
    is_relative: ClassVar[bool] = False
    people_only: ClassVar[bool] = True
    unknown: ClassVar[float] = math.nan
    loss_on_people: ClassVar[bool] = True
    loss_weight: ClassVar[float] = 1.0

    def paint(self, values: torch.Tensor) -> torch.Tensor:
        """Values [..., C, T, H, W] -> RGB [..., 3, T, H, W] in -1..1."""
        raise NotImplementedError

    def read(self, rgb: torch.Tensor) -> torch.Tensor:
        """RGB [..., 3, T, H, W] -> values [..., C, T, H, W]."""
        raise NotImplementedError

    def read_map(self, rgb: torch.Tensor) -> torch.Tensor:
        """RGB [3, F, H, W] -> a map for each frame, [F, H, W] or [F, H, W, 3]."""
        values = self.read(rgb)
        return values.squeeze(0) if self.channels == 1 else values.permute(1, 2, 3, 0).contiguous()

    def target(self, planes: Planes) -> tuple[np.ndarray, np.ndarray]:
        """Return ground truth as values [T, H, W, C], and where it is known [T, H, W]."""
        raise NotImplementedError

    def mirrored(self, values: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Return what values [T, H, W, C] of a flipped picture mean; people: bool [T, H, W]."""
        return values

    def loss(self, rgb: torch.Tensor, target: Target) -> torch.Tensor:
        """Compare predicted RGB [B, 3, T, H, W] with a target -> [B], before its weight."""
        raise NotImplementedError

    def picture(self, values: np.ndarray) -> np.ndarray:
        """Show a map [H, W] or [H, W, 3] to human eyes, as uint8 RGB [H, W, 3]; NaN is black."""
        raise NotImplementedError

    def to_pixels(self, values: np.ndarray) -> np.ndarray:
        """Return a map as the published image holds it."""
        return values

    def from_pixels(self, pixels: np.ndarray) -> np.ndarray:
        """Read a map, float32, from a published image's pixels."""
        return pixels.astype(np.float32)

    def blendable(self, values: np.ndarray) -> np.ndarray:
        """Return a map whose values may be scaled and averaged; `from_blendable` undoes it."""
        return values

    def from_blendable(self, values: np.ndarray) -> np.ndarray:
        """Undo `blendable`."""
        return values
