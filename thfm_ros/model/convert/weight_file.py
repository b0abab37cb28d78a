# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Published weights as a dictionary of tensors, from safetensors or PyTorch files."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from thfm_ros.model.convert.errors import ConversionError

_MAX_BYTES = 1 << 30


def load_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read a .safetensors, .pt or .pth file; ConversionError names the file and what is wrong.

    PyTorch's are pickles: weights_only=True builds tensors and nothing else.
    """
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
