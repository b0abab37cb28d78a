# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A converted model against numbers that the original code computed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.thfm import Thfm

_OUTPUTS = ("pred_latents1", "token1_pred", "token2_pred")


@dataclass(frozen=True)
class Deviation:
    """How far one output is from its reference: largest error, and RMS error over the RMS."""

    output: str
    max_abs: float
    relative_rms: float


def verify(model: Thfm, path: str | Path) -> list[Deviation]:
    """Run the latents, timestep and prompt states of an .npz; compare with its recorded outputs.

    Keys: latents, timestep, prompt_embeds, pred_latents1, token1_pred, token2_pred; the outputs
    again as alt_* for the same inputs at alt_timestep, when they are there.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: torch.from_numpy(archive[name]) for name in archive.files}
    except (OSError, ValueError, EOFError) as error:
        raise ConversionError(f"{path} is not a readable .npz file: {error}") from error
    needed = ("latents", "timestep", "prompt_embeds", *_OUTPUTS)
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise ConversionError(f"{path} lacks {missing}")
    rows = _compare(model, arrays, "")
    if "alt_timestep" in arrays:
        rows += _compare(model, arrays, "alt_")
    return rows


def _compare(model: Thfm, arrays: dict[str, torch.Tensor], prefix: str) -> list[Deviation]:
    with torch.inference_mode():
        latents, values = model.predict(
            arrays["latents"].float(),
            arrays["prompt_embeds"].float(),
            arrays[f"{prefix}timestep"].long(),
        )
    found = {"pred_latents1": latents}
    found.update({f"{name}_pred": value for name, value in values.items()})
    return [
        _deviation(prefix + name, found[name], arrays[prefix + name].float()) for name in _OUTPUTS
    ]


def _deviation(name: str, found: torch.Tensor, reference: torch.Tensor) -> Deviation:
    if found.shape != reference.shape:
        raise ConversionError(
            f"{name} is {tuple(found.shape)}, the reference is {tuple(reference.shape)}"
        )
    error = (found - reference).double()
    scale = reference.double().square().mean().sqrt().clamp(min=1e-12)
    return Deviation(name, error.abs().max().item(), (error.square().mean().sqrt() / scale).item())
