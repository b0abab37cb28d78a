# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A diffusers-format Wan2.1 text-to-video directory into the start of a training.

The video path loads strictly and unchanged; the tokens are fresh.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from thfm_ros.model.checkpoint import CODEC
from thfm_ros.model.config import CodecConfig, ThfmConfig, TransformerConfig
from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.convert.safetensors_stream import SafetensorsWriter, TensorPlan
from thfm_ros.model.presets import preset
from thfm_ros.model.transformer import TokenTransformer

_TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def read_config(directory: Path) -> ThfmConfig:
    """Build our config from transformer/config.json: THFM's tasks and tokens, Wan's sizes."""
    values = _json(directory / "transformer" / "config.json")
    if values.get("image_dim") or values.get("added_kv_proj_dim"):
        raise ConversionError(f"{directory} is an image-to-video model, allowed is text-to-video")
    try:
        transformer = TransformerConfig(
            heads=values["num_attention_heads"],
            head_dim=values["attention_head_dim"],
            layers=values["num_layers"],
            ffn_dim=values["ffn_dim"],
            text_dim=values["text_dim"],
            freq_dim=values["freq_dim"],
            latent_channels=values["in_channels"],
            patch=tuple(values["patch_size"]),
        )
    except KeyError as error:
        raise ConversionError(f"{directory}/transformer/config.json lacks {error}") from error
    name = f"wan-{transformer.dim}"
    return dataclasses.replace(preset("wan-1.3b"), name=name, transformer=transformer)


def convert_transformer(directory: Path, config: ThfmConfig, path: Path) -> None:
    """Write transformer.safetensors: Wan's tensors one by one, then fresh tokens."""
    with torch.device("meta"):
        expected = TokenTransformer(config).wan.state_dict()
    tokens = _fresh_tokens(config)
    sources = _tensor_sources(directory / "transformer")
    missing, unknown = sorted(set(expected) - set(sources)), sorted(set(sources) - set(expected))
    if missing or unknown:
        raise ConversionError(f"{directory}/transformer: missing {missing}, unknown {unknown}")
    plans = [_plan(f"wan.{name}", *_described(sources[name], name)) for name in expected]
    for plan, wanted in zip(plans, expected.values(), strict=True):
        if plan.shape != tuple(wanted.shape):
            raise ConversionError(
                f"{directory}/transformer: {plan.name} has shape {plan.shape}, "
                f"expected {tuple(wanted.shape)}"
            )
    plans += [_plan(f"groups.{n}", t.dtype, tuple(t.shape)) for n, t in tokens.items()]
    with SafetensorsWriter(path, plans) as writer:
        for name in expected:
            writer.write(f"wan.{name}", _bits(_tensor(sources[name], name)))
        for name, tensor in tokens.items():
            writer.write(f"groups.{name}", _bits(tensor))


def convert_vae(directory: str | Path, out: Path) -> CodecConfig:
    """Copy a diffusers-format AutoencoderKLWan into codec.safetensors; return its config."""
    directory = Path(directory)
    values = {k: v for k, v in _json(directory / "config.json").items() if not k.startswith("_")}
    try:
        vae = AutoencoderKLWan.from_pretrained(
            directory, local_files_only=True, use_safetensors=True, low_cpu_mem_usage=False
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise ConversionError(
            f"{directory} is not a diffusers AutoencoderKLWan: {error}"
        ) from error
    save_file({f"vae.{n}": t.contiguous() for n, t in vae.state_dict().items()}, out / CODEC)
    (out / CODEC).chmod(0o644)
    arguments = {k: v for k, v in values.items() if k not in ("latents_mean", "latents_std")}
    mean, std = tuple(vae.config.latents_mean), tuple(vae.config.latents_std)
    return CodecConfig("wan", arguments=arguments, mean=mean, std=std)


def _fresh_tokens(config: ThfmConfig) -> dict[str, torch.Tensor]:
    sizes = dataclasses.replace(config.transformer, layers=1, ffn_dim=1)
    groups = TokenTransformer(dataclasses.replace(config, transformer=sizes)).groups
    return {name: tensor.detach() for name, tensor in groups.state_dict().items()}


def _tensor_sources(directory: Path) -> dict[str, Path]:
    """Return which safetensors file of a (possibly sharded) model holds each tensor."""
    files = sorted(directory.glob("*.safetensors"))
    if not files:
        raise ConversionError(f"{directory} holds no .safetensors files; pickles are not read")
    sources = {}
    for path in files:
        try:
            with safe_open(path, framework="pt") as tensors:
                sources.update(dict.fromkeys(tensors.keys(), path))
        except SafetensorError as error:
            raise ConversionError(f"{path} is not a readable safetensors file: {error}") from error
    return sources


def _described(path: Path, name: str) -> tuple[torch.dtype, tuple[int, ...]]:
    with safe_open(path, framework="pt") as tensors:
        part = tensors.get_slice(name)
        types = {code: dtype for dtype, code in _TYPES.items()}
        if part.get_dtype() not in types:
            raise ConversionError(
                f"{path}: {name} is {part.get_dtype()}, allowed are {list(types)}"
            )
        return types[part.get_dtype()], tuple(part.get_shape())


def _plan(name: str, dtype: torch.dtype, shape: tuple[int, ...]) -> TensorPlan:
    return TensorPlan(name, _TYPES[dtype], shape)


def _tensor(path: Path, name: str) -> torch.Tensor:
    with safe_open(path, framework="pt") as tensors:
        return tensors.get_tensor(name)


def _bits(tensor: torch.Tensor):
    tensor = tensor.contiguous()
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConversionError(f"{path}: {error}") from error
