# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The public tiny autoencoder for Wan 2.1 (taew2_1) into a codec of ours."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from thfm_ros.model.checkpoint import CODEC
from thfm_ros.model.config import CodecConfig
from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.convert.weight_file import load_weights
from thfm_ros.model.presets import WAN_LATENTS_MEAN, WAN_LATENTS_STD
from thfm_ros.model.taehv import TaehvCodec


def convert_taehv(path: str | Path, out: Path) -> CodecConfig:
    """Write codec.safetensors from taew2_1.safetensors or .pth; return its config."""
    path = Path(path)
    tensors = load_weights(path)
    codec = TaehvCodec(torch.tensor(WAN_LATENTS_MEAN), torch.tensor(WAN_LATENTS_STD))
    expected = {name: tuple(t.shape) for name, t in codec.state_dict().items()}
    found = {name: tuple(t.shape) for name, t in tensors.items()}
    if found != expected:
        wrong = sorted(n for n in expected.keys() | found if expected.get(n) != found.get(n))
        raise ConversionError(f"{path} is not taew2_1: {len(wrong)} keys differ: {wrong}")
    save_file({name: t.contiguous() for name, t in tensors.items()}, out / CODEC)
    (out / CODEC).chmod(0o644)
    return CodecConfig("taehv", mean=WAN_LATENTS_MEAN, std=WAN_LATENTS_STD)
