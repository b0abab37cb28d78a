# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the body: which of fourteen a pixel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from thfm_ros.tasks.task import DenseTask, Planes, Target, in_bytes

if TYPE_CHECKING:
    import torch

PARTS = (
    "none",
    "torso",
    "head",
    "right_upper_arm",
    "right_forearm",
    "right_hand",
    "left_upper_arm",
    "left_forearm",
    "left_hand",
    "right_thigh",
    "right_shank",
    "right_foot",
    "left_thigh",
    "left_shank",
    "left_foot",
)
"""The value of a map is an index into this tuple."""
MIRROR_PARTS = tuple(
    PARTS.index(name.replace("left", "right") if "left" in name else name.replace("right", "left"))
    for name in PARTS
)
"""``MIRROR_PARTS[p]`` is the part that part ``p`` becomes when the image is flipped left-right."""
_COLOURS = (
    (-1, -1, -1),
    (0, 0, 0),
    (1, 1, 1),
    *((1, -1, -1), (1, 0, -1), (1, 1, -1)),
    *((-1, -1, 1), (-1, 0, 1), (-1, 1, 1)),
    *((0, -1, -1), (1, -1, 0), (1, -1, 1)),
    *((-1, 0, -1), (-1, 1, -1), (0, 1, -1)),
)
"""Of three levels of red, green and blue, so that neighbours in the list of parts are far apart."""


class Parts(DenseTask):
    """Numbers of parts, painted as colours that lie far from one another."""

    name = "parts"
    prompt = "Input: RGB. Output: Body Parts."
    unit = "number of the part, 0 = nobody"
    encoding = "mono8"
    topic = "parts/image"
    is_label = True
    people_only = False
    unknown = 0.0

    def paint(self, values: torch.Tensor) -> torch.Tensor:
        """Give each part its colour."""
        colours = values.new_tensor(_COLOURS)[values.squeeze(-4).long()]
        return colours.movedim(-1, -4)

    def read(self, rgb: torch.Tensor) -> torch.Tensor:
        """Return the part whose colour is nearest."""
        best, part = None, None
        for number, colour in enumerate(_COLOURS):
            # Numbers, not tensors: what a CUDA graph records may not come from the host.
            channels = zip(rgb.unbind(-4), colour, strict=True)
            distance = sum((channel - level).square() for channel, level in channels)
            if best is None:
                best, part = distance, distance * 0
            else:
                nearer = (distance < best).to(distance.dtype)
                part = part + nearer * (number - part)
                best = distance.minimum(best)
        return part.unsqueeze(-4)

    def target(self, planes: Planes) -> tuple[np.ndarray, np.ndarray]:
        """Return parts on people, 0 elsewhere; a person without parts is not known."""
        part = np.where(planes.people, planes.part, 0)
        return part[..., None].astype(np.float32), (part > 0) | ~planes.people

    def mirrored(self, values: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Take what is left of the body for what is right of it."""
        return np.float32(MIRROR_PARTS)[values.astype(int)]

    def loss(self, rgb: torch.Tensor, target: Target) -> torch.Tensor:
        """Compare the colours."""
        from thfm_ros.tasks import pixel_losses as losses

        return losses.masked_l1(rgb, target.painted, target.valid * target.people)

    def picture(self, values: np.ndarray) -> np.ndarray:
        """Show each part in its colour."""
        return in_bytes(np.float32(_COLOURS)[np.nan_to_num(values).astype(int)] * 0.5 + 0.5)

    def to_pixels(self, values: np.ndarray) -> np.ndarray:
        """Return the parts' numbers as bytes."""
        return values.astype(np.uint8)
