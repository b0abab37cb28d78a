# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Muon for the matrices between hidden layers, AdamW for everything else.

Muon (Jordan et al. 2024) replaces a matrix's momentum by the nearest orthogonal matrix. Steps are
scaled so that their root mean square is that of AdamW's (Liu et al. 2025, arXiv:2502.16982): one
learning rate serves both. torch.optim.Muon has neither convolutions nor float32, hence ours.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import nn

# First and last layers, tables and what is read from constant inputs are not hidden matrices.
_NOT_HIDDEN = (
    "patch_embedding", "proj_out", "condition_embedder", "table", "content", "position",
    "prompts", "encoder.pack", "encoder.motion", "decoder.unpack", "head.out", "head.skeleton",
)  # fmt: skip
_SMALLEST = 16
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
_MOMENTUM = 0.95
_ADAM_RMS = 0.2


def is_hidden_matrix(name: str, parameter: torch.Tensor) -> bool:
    """Return whether Muon is meant for a parameter: a matrix or kernel between hidden layers."""
    if parameter.ndim < 2 or any(part in name for part in _NOT_HIDDEN):
        return False
    return min(len(parameter), parameter[0].numel()) >= _SMALLEST


class MuonAdamW(torch.optim.AdamW):
    """AdamW in which hidden matrices (kernels as matrices of one row per output) take Muon's step.

    arguments: as torch.optim.AdamW's; rate, weight decay and betas are AdamW's in both
    """

    def __init__(self, parameters: Iterable[tuple[str, nn.Parameter]], **arguments) -> None:
        groups: dict[bool, list[nn.Parameter]] = {True: [], False: []}
        for name, parameter in parameters:
            groups[is_hidden_matrix(name, parameter)].append(parameter)
        super().__init__(
            [{"params": p, "muon": muon} for muon, p in groups.items() if p], **arguments
        )

    @torch.no_grad()
    def step(self, closure=None):
        """Take one step; gradients of hidden matrices are spent by it."""
        for group in self.param_groups:
            if group["muon"]:
                stepped = [p for p in group["params"] if p.grad is not None]
                self._step_matrices(stepped, group["lr"], group["weight_decay"])
        return super().step(closure)

    def _step_matrices(
        self, matrices: list[torch.Tensor], rate: float, weight_decay: float
    ) -> None:
        """Step matrices; of several processes, which all hold the same, each one steps its share.

        All keep every momentum: any of them may write the state that a run resumes from.
        """
        rank, count = _process()
        for index, parameter in enumerate(matrices):
            momentum = self._momentum(parameter)
            if index % count == rank:
                step = parameter.grad.lerp(momentum, _MOMENTUM).flatten(1)
                _move(parameter, step, rate, weight_decay)
            parameter.grad = None
        if count > 1:
            sent = [
                dist.broadcast(parameter.data, index % count, async_op=True)
                for index, parameter in enumerate(matrices)
            ]
            for one in sent:
                one.wait()

    def _momentum(self, parameter: torch.Tensor) -> torch.Tensor:
        state = self.state[parameter]
        if not state:
            # AdamW's loading of saved states asks every parameter for its step.
            state["step"] = torch.zeros(())
            state["momentum"] = torch.zeros_like(parameter)
        state["step"] += 1
        return state["momentum"].lerp_(parameter.grad, 1 - _MOMENTUM)


def _move(parameter: torch.Tensor, step: torch.Tensor, rate: float, weight_decay: float) -> None:
    update = orthogonal(step)
    scale = _ADAM_RMS * max(update.shape) ** 0.5
    parameter.mul_(1 - rate * weight_decay)
    parameter.add_(update.view_as(parameter), alpha=-rate * scale)


def _process() -> tuple[int, int]:
    """Return this process's number and how many train together."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Return about the nearest (semi-)orthogonal matrix, by Newton-Schulz iteration.

    Singular values end within 0.7 to 1.2: more exact is not better (Jordan et al. 2024).
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.mT if tall else matrix
    x = x / (x.norm() + 1e-7)
    # Iterating on the small Gram matrix and its product of steps spares a kernel's long rows.
    gram, product = x @ x.mT, None
    a, b, c = _COEFFICIENTS
    for left in reversed(range(_ITERATIONS)):
        step = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        step.diagonal().add_(a)
        product = step if product is None else step @ product
        if left:
            gram = step @ gram @ step
    x = product @ x
    return x.mT if tall else x
