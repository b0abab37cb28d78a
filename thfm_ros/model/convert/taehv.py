# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The public tiny autoencoder for Wan 2.1 (taew2_1) into a codec of ours."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from thfm_ros.model.checkpoint import CODEC
from thfm_ros.model.config import CodecConfig
from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.presets import WAN_LATENTS_MEAN, WAN_LATENTS_STD
from thfm_ros.model.taehv import TaehvCodec

_MAX_BYTES = 1 << 30


def convert_taehv(path: str | Path, out: Path) -> CodecConfig:
    """Write codec.safetensors from taew2_1.safetensors or .pth; return its config.

    A .pth is a pickle: it is read with weights_only=True, which builds tensors and nothing else.
    """
    path = Path(path)
    tensors = _load(path)
    codec = TaehvCodec(torch.tensor(WAN_LATENTS_MEAN), torch.tensor(WAN_LATENTS_STD))
    expected = {name: tuple(t.shape) for name, t in codec.state_dict().items()}
    found = {name: tuple(t.shape) for name, t in tensors.items()}
    if found != expected:
        wrong = sorted(n for n in expected.keys() | found if expected.get(n) != found.get(n))
        raise ConversionError(f"{path} is not taew2_1: {len(wrong)} keys differ: {wrong}")
    save_file({name: t.contiguous() for name, t in tensors.items()}, out / CODEC)
    (out / CODEC).chmod(0o644)
    return CodecConfig("taehv", mean=WAN_LATENTS_MEAN, std=WAN_LATENTS_STD)


def _load(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise ConversionError(f"{path} is missing")
    if path.stat().st_size > _MAX_BYTES:
        raise ConversionError(f"{path} has {path.stat().st_size} bytes, allowed is 1 GiB")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise ConversionError(f"{path} cannot be read as weights: {error}") from error
    if not isinstance(tensors, dict) or not all(
        isinstance(t, torch.Tensor) for t in tensors.values()
    ):
        raise ConversionError(f"{path} holds no dictionary of tensors")
    return tensors
