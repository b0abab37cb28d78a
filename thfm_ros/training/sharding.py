# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training in shards (PyTorch's FSDP2): each process keeps a slice of weights, moments and average.

The whole stage is one unit, gathered for forward and backward: folding reads the weights of all
blocks at the start of a step, so units of one block would not be gathered when they are read.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import torch.distributed.checkpoint as dcp
from accelerate import Accelerator
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from diffusers.training_utils import EMAModel
from torch import nn
from torch.distributed.tensor import DTensor

from thfm_ros.model.thfm import Thfm
from thfm_ros.training.settings import TrainingSettings

_AVERAGE = "average"


def is_sharded(accelerator: Accelerator) -> bool:
    """Return whether `accelerate launch` was told to shard."""
    return accelerator.distributed_type == DistributedType.FSDP


def check(plugin: FullyShardedDataParallelPlugin, settings: TrainingSettings, model: Thfm) -> None:
    """Raise ValueError for what cannot be trained in shards."""
    if plugin.fsdp_version != 2:
        raise ValueError(f"fsdp_version is {plugin.fsdp_version}, allowed is 2")
    if plugin.auto_wrap_policy is not None:
        name = plugin.auto_wrap_policy.__name__
        raise ValueError(f"fsdp_auto_wrap_policy is {name}, allowed is NO_WRAP")
    if plugin.activation_checkpointing:
        raise ValueError("fsdp_activation_checkpointing is true, allowed is false")
    if settings.optimiser.kind == "muon":
        raise ValueError(
            "optimiser.kind is 'muon', which needs whole matrices; allowed in shards is 'adamw'"
        )
    grows = any(a.frames == 1 < b.frames for a, b in pairwise(settings.phases))
    heads = (group.head for group in model.transformer.groups.values())
    if grows and any(hasattr(part, "inflate") for part in (model.codec, *heads)):
        raise ValueError(
            "phases go from 1 frame to more, for which this model rewrites whole weights; "
            "allowed in shards are phases of 1 frame or phases of clips"
        )


def reduce_unused(stage: nn.Module) -> None:
    """Let a prompt that one process did not draw count as a zero gradient there.

    Gradients are reduced in one operation, which needs the same parameters on every process.
    """
    if not hasattr(stage, "set_reduce_scatter_unused_params"):
        raise ValueError(f"torch is {torch.__version__}, allowed in shards is 2.13 or newer")
    stage.set_reduce_scatter_unused_params(True)


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor with all its shards; every process has to call this."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def gather_average(accelerator: Accelerator, model: Thfm, ema: EMAModel) -> Thfm | None:
    """Return an unsharded copy with averaged weights on the main process, None on the others.

    Every process has to call this; one tensor at a time is gathered.
    """
    averages = iter(ema.shadow_params)
    copies: dict[int, Any] = {}
    for parameter in model.parameters():
        source = next(averages) if parameter.requires_grad else parameter
        full = whole(source.detach())
        if accelerator.is_main_process:
            copies[id(parameter)] = nn.Parameter(full, requires_grad=False)
    return copy.deepcopy(model, copies) if accelerator.is_main_process else None


def save_average_with_state(accelerator: Accelerator, ema: EMAModel) -> None:
    """Let saved states hold every process's shard of the average, and loaded ones give it back.

    As a registered object, only the main process's shard would be saved.
    """

    def state() -> dict[str, Any]:
        tensors = {str(number): tensor for number, tensor in enumerate(ema.shadow_params)}
        return {"tensors": tensors, "steps": ema.optimization_step}

    def save(_models: list, _weights: list, directory: str) -> None:
        dcp.save(state(), checkpoint_id=Path(directory) / _AVERAGE)

    def load(_models: list, directory: str) -> None:
        found = state()
        dcp.load(found, checkpoint_id=Path(directory) / _AVERAGE)
        ema.optimization_step = found["steps"]

    accelerator.register_save_state_pre_hook(save)
    accelerator.register_load_state_pre_hook(load)
