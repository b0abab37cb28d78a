# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-Lite0 (Tan and Le 2019) as a feature network: no classifier, batch norms folded.

A batch norm in evaluation mode is an affine map per channel, so that each one is part of the
convolution before it: `thfm convert prior` folds them. Padding is TensorFlow's "same", which the
published weights were trained with.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

# Of each stage: kernel, stride, expansion, output channels, blocks.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
_STEM = 32
CHANNELS = {4: 24, 8: 40, 16: 112, 32: 320}
"""Of the features at each stride; those of the last stage that has it."""


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's padding: output size = input size / stride, rounded up."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = (self._padding(edge) for edge in x.shape[-2:])
        if height[0] == height[1] == width[0] == width[1]:
            padding = height[0]
        else:
            x, padding = F.pad(x, (*width, *height)), 0
        return F.conv2d(x, self.weight, self.bias, self.stride, padding, 1, self.groups)

    def _padding(self, edge: int) -> tuple[int, int]:
        stride, kernel = self.stride[0], self.kernel_size[0]
        total = max((-(-edge // stride) - 1) * stride + kernel - edge, 0)
        return total // 2, total - total // 2


class InvertedBottleneck(nn.Module):
    """Widen (1x1), filter each channel, narrow (1x1); around it the identity where shapes allow."""

    def __init__(self, kernel: int, stride: int, expansion: int, inner: int, outer: int) -> None:
        super().__init__()
        wide = inner * expansion
        self.expand = nn.Conv2d(inner, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = SameConv(wide, wide, kernel, stride, groups=wide)
        self.project = nn.Conv2d(wide, outer, 1)
        self.is_residual = stride == 1 and inner == outer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = x if isinstance(self.expand, nn.Identity) else F.relu6(self.expand(x))
        hidden = self.project(F.relu6(self.depthwise(hidden)))
        return x + hidden if self.is_residual else hidden


class EfficientNetLite0(nn.Module):
    """RGB [B, 3, H, W] in -1..1 -> features by stride, {4: [B, 24, H/4, W/4], 8: ..., 16, 32}.

    Sizes are rounded up.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv(3, _STEM, 3, 2)
        self.blocks = nn.ModuleList()
        inner = _STEM
        for kernel, stride, expansion, outer, count in _STAGES:
            for index in range(count):
                first = stride if index == 0 else 1
                self.blocks.append(InvertedBottleneck(kernel, first, expansion, inner, outer))
                inner = outer

    def forward(self, image: torch.Tensor) -> dict[int, torch.Tensor]:
        x, stride = F.relu6(self.stem(image)), 2
        features = {}
        for block in self.blocks:
            stride *= block.depthwise.stride[0]
            x = features[stride] = block(x)
        return {wanted: features[wanted] for wanted in CHANNELS}
