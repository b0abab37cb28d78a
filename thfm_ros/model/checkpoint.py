# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint is a directory: config.json and three safetensors files, nothing that executes.

config.json              what the weights mean (`ThfmConfig`)
transformer.safetensors  diffusers' names under `wan.`, token groups under `groups.`
codec.safetensors        the video codec
prompts.safetensors      text-encoder states, one tensor per prompt, named by the prompt
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from thfm_ros.model.config_file import CONFIG, CheckpointError, load_config
from thfm_ros.model.prompts import PromptTable, task_prompts
from thfm_ros.model.taehv import TaehvCodec
from thfm_ros.model.thfm import Thfm, latent_statistics

TRANSFORMER = "transformer.safetensors"
CODEC = "codec.safetensors"
PROMPTS = "prompts.safetensors"
_LISTED_KEYS = 8

__all__ = [
    "CODEC",
    "CONFIG",
    "PROMPTS",
    "TRANSFORMER",
    "CheckpointError",
    "load_checkpoint",
    "load_config",
    "load_transformer",
    "save_checkpoint",
]


def save_checkpoint(model: Thfm, directory: str | Path, dtype: torch.dtype | None = None) -> None:
    """Write a model's config and weights, floating-point weights in `dtype` if given."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    parts = {TRANSFORMER: model.transformer.state_dict(), PROMPTS: model.prompts.to_dict()}
    if isinstance(model.codec, nn.Module):
        parts[CODEC] = model.codec.state_dict()
    for name, tensors in parts.items():
        save_file({key: _stored(value, dtype) for key, value in tensors.items()}, directory / name)
        # safetensors writes files that only their owner may read; others install and run them.
        (directory / name).chmod(0o644)
    (directory / CONFIG).write_text(json.dumps(model.config.to_json(), indent=2) + "\n")


def load_checkpoint(directory: str | Path, dtype: torch.dtype = torch.float32) -> Thfm:
    """Load a model for inference, weights as `dtype`. Every key must match; nothing is guessed."""
    directory = Path(directory)
    config = load_config(directory)
    with torch.device("meta"):
        model = Thfm(config)
    prompts = _read(directory / PROMPTS, dtype)
    missing = [text for text in task_prompts(config) if text not in prompts]
    if missing:
        raise CheckpointError(f"{directory / PROMPTS} lacks the prompts {missing}")
    model.prompts = PromptTable(prompts)
    _fill(model.transformer, directory / TRANSFORMER, dtype)
    _fill(model.codec, directory / CODEC, dtype)
    _materialise_constants(model)
    return model.eval().requires_grad_(False)


def load_transformer(directory: str | Path, dtype: torch.dtype = torch.float32) -> Thfm:
    """Load the transformer alone, for checks on given latents; codec and prompts stay empty."""
    directory = Path(directory)
    config = load_config(directory)
    with torch.device("meta"):
        model = Thfm(config)
    _fill(model.transformer, directory / TRANSFORMER, dtype)
    _materialise_constants(model)
    return model.eval().requires_grad_(False)


def _stored(value: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    value = value.detach().cpu().contiguous()
    return value.to(dtype) if dtype is not None and value.is_floating_point() else value


def _read(path: Path, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    return {key: value.to(dtype) for key, value in _tensors(path)}


def _tensors(path: Path):
    """Yield the file's tensors one by one; a file that is not safetensors is refused unread."""
    if not path.is_file():
        raise CheckpointError(f"{path} is missing")
    try:
        with safe_open(path, framework="pt") as tensors:
            for key in tensors.keys():  # noqa: SIM118 - not a mapping
                yield key, tensors.get_tensor(key)
    except SafetensorError as error:
        raise CheckpointError(f"{path} is not a readable safetensors file: {error}") from error


def _fill(module: nn.Module, path: Path, dtype: torch.dtype) -> None:
    """Put a file's tensors in a module built on the meta device; every key and shape must match."""
    expected = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    found = {}
    for key, value in _tensors(path):
        if key not in expected:
            found[key] = None
        elif tuple(value.shape) != expected[key]:
            raise CheckpointError(
                f"{path}: {key} has shape {tuple(value.shape)}, "
                f"config.json makes it {expected[key]}"
            )
        else:
            found[key] = value.to(dtype)
    unknown = sorted(key for key, value in found.items() if value is None)
    missing = sorted(set(expected) - set(found))
    if unknown or missing:
        raise CheckpointError(f"{path}: {_listed('missing', missing)}{_listed('unknown', unknown)}")
    module.load_state_dict(found, strict=True, assign=True)


def _listed(word: str, keys: list[str]) -> str:
    if not keys:
        return ""
    rest = f" and {len(keys) - _LISTED_KEYS} more" if len(keys) > _LISTED_KEYS else ""
    return f"{len(keys)} {word} keys {keys[:_LISTED_KEYS]}{rest}; "


def _materialise_constants(model: Thfm) -> None:
    """Compute the tensors that no file holds: rotary tables and latent statistics."""
    wan = model.transformer.wan
    wan.rope = type(wan.rope)(
        model.config.transformer.head_dim, model.config.transformer.patch, wan.rope.max_seq_len
    )
    model.mean, model.std = latent_statistics(model.config)
    if isinstance(model.codec, TaehvCodec):
        model.codec.mean, model.codec.std = model.mean, model.std
