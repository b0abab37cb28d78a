# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What backends run: a uint8 clip in, decoded maps and token values out."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn

from thfm_ros import tasks as task_table
from thfm_ros.model.config import TEMPORAL_STRIDE
from thfm_ros.model.folding.forward import FoldedTransformer, States
from thfm_ros.model.passes import asked_for, passes
from thfm_ros.model.thfm import Thfm

Outputs = dict[str, torch.Tensor]


class Program(nn.Module):
    """The folded model with its borders inside: normalisation before, task decoding after.

    Inputs and outputs are fixed in number and shape for given tasks and clip size, so that a
    backend can compile or capture it: whole (`forward`), or in the parts of which any set of tasks
    is made (`encode`, `trunk`, one `branch` per pass).

    tasks: everything that may be asked for
    last:  for how many of the clip's newest frames results are wanted; None = all
    dtype: of the products; None = as the weights are
    device: where to run; the model goes there and is no whole one afterwards, see
            `FoldedTransformer`. None = where it is
    """

    def __init__(
        self,
        model: Thfm,
        tasks: tuple[str, ...],
        last: int | None = 1,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> None:
        super().__init__()
        self.config = model.config
        self.tasks = tasks
        self.last = last
        self.model = model
        self.dtype = dtype
        with torch.no_grad():
            self.transformer = FoldedTransformer(model, tasks, dtype, device=device)
        if device is not None:
            model.to(device)

    def forward(self, clip: torch.Tensor, tasks: tuple[str, ...] | None = None) -> Outputs:
        """Perceive a clip, uint8 [T, H, W, 3] RGB, for some of the tasks (all if None).

        Returns, for the newest frames (F = `last`) or for all (F = T): each dense task's map,
        [F, H, W] or [F, H, W, 3], and each token group's values [F, joints, values].
        """
        return self.perceive(self.encode(clip), tasks)

    def encode(self, clip: torch.Tensor) -> torch.Tensor:
        """Encode a clip, uint8 [T, H, W, 3] -> latents [1, C, T', H', W']."""
        with self._codec_precision(clip.device):
            return self.model.encode(_as_video(clip))

    def encode_group(self, frames: torch.Tensor) -> torch.Tensor:
        """Encode one latent frame's frames, uint8 [1 or 4, H, W, 3] -> [1, C, 1, H', W'].

        For codecs whose groups do not depend on one another (`chunk_local`): concatenated along
        time, groups equal `encode` bit for bit.
        """
        with self._codec_precision(frames.device):
            return self.model.encode_group(_as_video(frames))

    def perceive(self, latents: torch.Tensor, tasks: tuple[str, ...] | None = None) -> Outputs:
        """Run the passes that some tasks need on a clip's latents [1, C, T', H', W']."""
        tasks = self.tasks if tasks is None else tasks
        video, states = self.trunk(latents)
        outputs: Outputs = {}
        for task in self.passes(tasks):
            outputs.update(self.branch(task, latents, video, states))
        return asked_for(tasks, outputs)

    def passes(self, tasks: tuple[str, ...]) -> tuple[str, ...]:
        """Return the branches that some of the tasks need."""
        return tuple(passes(self.config, tasks))

    def weight_bytes(self, tasks: tuple[str, ...]) -> int:
        """Return how many bytes of weights a run of some tasks reads, each counted once."""
        folded = self.transformer.tensors(self.passes(tasks))
        tensors = [*folded, *self.model.codec.parameters()]
        return sum({id(one): one.numel() * one.element_size() for one in tensors}.values())

    def trunk(self, latents: torch.Tensor) -> tuple[torch.Tensor, States]:
        """Run what all tasks share; see `FoldedTransformer.trunk`."""
        return self.transformer.trunk(latents)

    def branch(
        self, task: str, latents: torch.Tensor, video: torch.Tensor, states: States
    ) -> Outputs:
        """Run one task's pass from the clip's latents and what `trunk` gave of them.

        Returns the task's maps, if it is a dense one of ours, and the values of the token groups
        that ride on this pass.
        """
        predicted, read = self.transformer.branch(task, latents, video, states)
        frames = TEMPORAL_STRIDE * (latents.shape[2] - 1) + 1
        frames = frames if self.last is None else min(self.last, frames)
        features = self._feature_maps(predicted, frames) if read else None
        outputs = {}
        if task in self.tasks and task in task_table.DENSE:
            outputs[task] = self._decode(task, predicted, frames, features)
        for name, (x, normed) in read.items():
            group = self.model.transformer.groups[name]
            dtype = group.content.dtype
            evidence = self.model.evidence(normed.to(dtype), predicted, features, frames)
            outputs[name] = group.read(x.to(dtype), evidence, frames)[0][0].float()
        return outputs

    def _feature_maps(self, latents: torch.Tensor, frames: int) -> torch.Tensor | None:
        with self._codec_precision(latents.device):
            return self.model.feature_maps(latents, frames)

    def _decode(
        self, task: str, latents: torch.Tensor, frames: int, features: torch.Tensor | None
    ) -> torch.Tensor:
        with self._codec_precision(latents.device):
            rgb = self.model.decode(latents, frames, features)[0].float()
        return self.config.dense_tasks[task].read_map(rgb)

    def _codec_precision(self, device: torch.device) -> AbstractContextManager:
        if self.dtype is None:
            return nullcontext()
        # Without the cache: a recording must hold the casts, not tensors of the warm-up.
        return torch.autocast(device.type, self.dtype, cache_enabled=False)


def _as_video(clip: torch.Tensor) -> torch.Tensor:
    return clip.permute(3, 0, 1, 2)[None].float() / 127.5 - 1
