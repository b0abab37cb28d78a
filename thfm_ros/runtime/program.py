# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What backends run: a uint8 clip in, decoded maps and token values out."""

from __future__ import annotations

import torch
from torch import nn

from thfm_ros import tasks as task_table
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.folded import FoldedTransformer, States

Outputs = dict[str, torch.Tensor]


class Program(nn.Module):
    """The folded model with its borders inside: normalisation before, task decoding after.

    Inputs and outputs are fixed in number and shape for given tasks and clip size, so that a
    backend can compile or capture it: whole (`forward`), or in parts that any set of tasks shares
    (`encode`, `trunk`, and one `branch` per pass).

    last: for how many of the clip's newest frames results are wanted; None = all
    """

    def __init__(self, model: Thfm, tasks: tuple[str, ...], last: int | None = 1) -> None:
        super().__init__()
        self.config = model.config
        self.tasks = tasks
        self.last = last
        self.model = model
        with torch.no_grad():
            self.transformer = FoldedTransformer(model, tasks)

    @property
    def passes(self) -> tuple[str, ...]:
        """The branches that the tasks need."""
        return tuple(self.transformer.passes)

    def forward(self, clip: torch.Tensor) -> Outputs:
        """Perceive a clip, uint8 [T, H, W, 3] RGB.

        Returns, for the newest frames (F = `last`) or for all (F = T): `depth` (0 near .. 1 far)
        and `mask` [F, H, W], `normals` and `dense_pose` [F, H, W, 3], and each token group's values
        [F, joints, values].
        """
        return self.perceive(self.encode(clip))

    def encode(self, clip: torch.Tensor) -> torch.Tensor:
        """Encode a clip, uint8 [T, H, W, 3] -> latents [1, C, T', H', W']."""
        return self.model.encode(as_video(clip))

    def perceive(self, latents: torch.Tensor) -> Outputs:
        """Run trunk and branches on a clip's latents [1, C, T', H', W']."""
        video, states = self.trunk(latents)
        outputs: Outputs = {}
        for task in self.passes:
            outputs.update(self.branch(task, video, states, latents.shape))
        return outputs

    def trunk(self, latents: torch.Tensor) -> tuple[torch.Tensor, States]:
        """Run what all tasks share; see `FoldedTransformer.trunk`."""
        return self.transformer.trunk(latents)

    def branch(self, task: str, video: torch.Tensor, states: States, shape: torch.Size) -> Outputs:
        """Run one task's pass from what `trunk` gave, and decode it; `shape` is the latents'."""
        predicted, read = self.transformer.branch(task, video, states, shape)
        grid = self.model.transformer.grid(shape)
        groups = self.model.transformer.groups
        outputs = {
            name: self._newest(groups[name].read(x, normed, grid)[0], 0)
            for name, (x, normed) in read.items()
        }
        if predicted is not None:
            outputs[task] = self._decode(task, predicted)
        return outputs

    def _decode(self, name: str, latents: torch.Tensor) -> torch.Tensor:
        rgb = self.model.decode(latents, self.last)[0].float()
        if name == "depth":
            return self.config.depth.decode_value(rgb)
        decoded = task_table.decode_dense(name, rgb, self.config.depth)
        return decoded if name == "mask" else decoded.permute(1, 2, 3, 0).contiguous()

    def _newest(self, values: torch.Tensor, axis: int) -> torch.Tensor:
        length = values.shape[axis]
        last = length if self.last is None else min(self.last, length)
        return values.narrow(axis, length - last, last)


def as_video(clip: torch.Tensor) -> torch.Tensor:
    """A clip, uint8 [T, H, W, 3] -> RGB [1, 3, T, H, W] in -1..1, as codecs take it."""
    return clip.permute(3, 0, 1, 2)[None].float() / 127.5 - 1
