# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How depth becomes RGB and comes back: a value curve, then grey or the 7-edge colour path.

Depth is first divided by the clip's median, so that only ratios are painted: absolute scale cannot
be seen in one view. The curve and the colours are part of a checkpoint's meaning and travel in its
config.json.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

CURVES = ("log", "log_ratio")
COLOURS = ("grey", "cube")

# Black, red, yellow, green, cyan, blue, magenta, white: consecutive corners differ in one channel.
_CUBE_PATH = (
    (0, 0, 0),
    (1, 0, 0),
    (1, 1, 0),
    (0, 1, 0),
    (0, 1, 1),
    (0, 0, 1),
    (1, 0, 1),
    (1, 1, 1),
)
_EDGES = len(_CUBE_PATH) - 1


@dataclass(frozen=True)
class DepthCode:
    """The painting of relative depth d (depth / median of the clip, more than 0) as RGB.

    curve:   "log" is s = clip(alpha ln(d + 1), 0, 1), that of the released GenCeption weights
             (alpha 0.4: s reaches 1 at 11.2 medians);
             "log_ratio" is s = 0.5 + 0.5 tanh(ln(d) / alpha), which spends its range around the
             median, where people are
    colours: "grey" repeats s in three channels; "cube" walks seven edges of the RGB cube, so that
             8-bit colours resolve s seven times finer
    """

    curve: str = "log"
    alpha: float = 0.4
    colours: str = "grey"

    def __post_init__(self) -> None:
        if self.curve not in CURVES:
            raise ValueError(f"DepthCode.curve is {self.curve!r}, allowed is one of {CURVES}")
        if self.colours not in COLOURS:
            raise ValueError(f"DepthCode.colours is {self.colours!r}, allowed is one of {COLOURS}")
        if not (math.isfinite(self.alpha) and self.alpha > 0):
            raise ValueError(f"DepthCode.alpha is {self.alpha}, allowed is more than 0")

    def encode(self, ratio: torch.Tensor) -> torch.Tensor:
        """Paint depth / median [..., T, H, W] as RGB [..., 3, T, H, W] in -1..1."""
        value = self.value(ratio)
        if self.colours == "grey":
            rgb = value.unsqueeze(-4).expand(*value.shape[:-3], 3, *value.shape[-3:])
        else:
            rgb = _paint_cube(value)
        return rgb * 2 - 1

    def decode(self, rgb: torch.Tensor) -> torch.Tensor:
        """Read depth / median [..., T, H, W] from RGB [..., 3, T, H, W] in -1..1."""
        return self.ratio(self.decode_value(rgb))

    def plain_value(self, rgb: torch.Tensor) -> torch.Tensor:
        """Read the value [B, 1, T, H, W] from RGB [B, 3, T, H, W], both -1..1, to train on.

        Grey that is too bright or too dark is not clamped, so that it has a gradient.
        """
        if self.colours == "grey":
            return rgb.mean(1, keepdim=True)
        return self.decode_value(rgb).unsqueeze(1) * 2 - 1

    def decode_value(self, rgb: torch.Tensor) -> torch.Tensor:
        """Read the curve's value s [..., T, H, W] in 0..1 (0 near, 1 far) from RGB in -1..1."""
        rgb = (rgb * 0.5 + 0.5).clamp(0, 1)
        return rgb.mean(-4) if self.colours == "grey" else _read_cube(rgb)

    def value(self, ratio: torch.Tensor) -> torch.Tensor:
        """Apply the curve: depth / median -> s in 0..1."""
        if self.curve == "log":
            return (self.alpha * ratio.log1p()).clamp(0, 1)
        return 0.5 + 0.5 * (ratio.clamp(min=1e-6).log() / self.alpha).tanh()

    def ratio(self, value: torch.Tensor) -> torch.Tensor:
        """Invert the curve: s in 0..1 -> depth / median."""
        if self.curve == "log":
            return (value / self.alpha).expm1()
        # tanh saturates: beyond 1e-3 of either end the value holds no more depth.
        return (self.alpha * (2 * value - 1).clamp(-0.998, 0.998).atanh()).exp()

    def ratio_of_map(self, value: np.ndarray) -> np.ndarray:
        """Return `ratio` of a map on the host, float32; NaN stays NaN.

        Waking torch's threads for a map takes longer than the map, on a busy machine tens of
        milliseconds.
        """
        if self.curve == "log":
            return np.expm1(value / np.float32(self.alpha))
        value = value.clip(1e-3, 1 - 1e-3)
        return np.exp(np.float32(self.alpha / 2) * np.log(value / (1 - value)))

    def value_of_map(self, ratio: np.ndarray) -> np.ndarray:
        """Return `value` of a map on the host, float32; NaN stays NaN."""
        if self.curve == "log":
            return (np.float32(self.alpha) * np.log1p(ratio)).clip(0, 1).astype(np.float32)
        curve = np.tanh(np.log(np.maximum(ratio, 1e-6)) / np.float32(self.alpha))
        return (np.float32(0.5) + np.float32(0.5) * curve).astype(np.float32)


def _paint_cube(value: torch.Tensor) -> torch.Tensor:
    import torch

    position = value * _EDGES
    channels = []
    for axis in range(3):
        # Piecewise linear: the first corner plus each edge's step, ramped in over that edge.
        channel = torch.full_like(position, float(_CUBE_PATH[0][axis]))
        for edge in range(_EDGES):
            step = _CUBE_PATH[edge + 1][axis] - _CUBE_PATH[edge][axis]
            if step:
                channel = channel + step * (position - edge).clamp(0, 1)
        channels.append(channel)
    return torch.stack(channels, -4)


def _read_cube(rgb: torch.Tensor) -> torch.Tensor:
    """Project colours in 0..1 onto the nearest edge of the path; ties go to the nearer end."""
    import torch

    red, green, blue = rgb.unbind(-4)
    distances, positions = [], []
    for edge in range(_EDGES):
        start, end = _CUBE_PATH[edge], _CUBE_PATH[edge + 1]
        along = sum(
            (end[axis] - start[axis]) * (channel - start[axis])
            for axis, channel in enumerate((red, green, blue))
            if end[axis] != start[axis]
        ).clamp(0, 1)
        distance = torch.zeros_like(along)
        for axis, channel in enumerate((red, green, blue)):
            on_edge = start[axis] + along * (end[axis] - start[axis])
            distance = distance + (channel - on_edge).square()
        distances.append(distance)
        positions.append((along + edge) / _EDGES)
    nearest = torch.stack(distances, 0).argmin(0, keepdim=True)
    return torch.stack(positions, 0).gather(0, nearest).squeeze(0)
