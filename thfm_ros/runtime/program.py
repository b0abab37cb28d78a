# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one function that backends run: a uint8 clip in, decoded maps and token values out."""

from __future__ import annotations

import torch
from torch import nn

from thfm_ros import tasks as task_table
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.folded import FoldedThfm


class Program(nn.Module):
    """The folded model with its borders inside: normalisation before, task decoding after.

    Inputs and outputs are fixed in number and shape for given tasks and clip size, so that a
    backend can compile or capture it.
    """

    def __init__(self, model: Thfm, tasks: tuple[str, ...], newest_only: bool = True) -> None:
        super().__init__()
        self.config = model.config
        self.tasks = tasks
        self.newest_only = newest_only
        with torch.no_grad():
            self.model = FoldedThfm(model, tasks)

    def forward(self, clip: torch.Tensor) -> dict[str, torch.Tensor]:
        """Perceive a clip, uint8 [T, H, W, 3] RGB.

        Returns, for the newest frame (F = 1) or for all (F = T): `depth` (0 near .. 1 far) and
        `mask` [F, H, W], `normals` and `dense_pose` [F, H, W, 3], and each token group's values
        [F, joints, values].
        """
        video = clip.permute(3, 0, 1, 2)[None].float() / 127.5 - 1
        raw = self.model(video)
        outputs = {name: self._decode(name, rgb) for name, rgb in raw.dense.items()}
        outputs.update({name: self._select(values[0], 0) for name, values in raw.tokens.items()})
        return outputs

    def _decode(self, name: str, rgb: torch.Tensor) -> torch.Tensor:
        rgb = self._select(rgb[0].float(), 1)
        if name == "depth":
            return self.config.depth.decode_value(rgb)
        decoded = task_table.decode_dense(name, rgb, self.config.depth)
        return decoded if name == "mask" else decoded.permute(1, 2, 3, 0).contiguous()

    def _select(self, values: torch.Tensor, axis: int) -> torch.Tensor:
        return values.narrow(axis, values.shape[axis] - 1, 1) if self.newest_only else values
