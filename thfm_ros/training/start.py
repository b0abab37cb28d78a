# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a run starts from: random weights, a checkpoint, a checkpoint that grows; a teacher."""

from __future__ import annotations

from typing import Any

from diffusers import AutoencoderKLWan

from thfm_ros.model.checkpoint import load_checkpoint
from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.model.wan_codec import WanCodec
from thfm_ros.training.settings import TrainingSettings


def starting_model(settings: TrainingSettings) -> Thfm:
    """Build the model that a run trains; every weight wants a gradient."""
    if settings.start:
        model = load_checkpoint(settings.start).train().requires_grad_(True)
        return grown(model, settings.model) if settings.model else model
    plain = preset(settings.preset).to_json()
    return Thfm(ThfmConfig.from_json({**plain, **settings.model}))


def grown(model: Thfm, changes: dict[str, Any]) -> Thfm:
    """Return a model of a changed config that goes on from another's weights.

    Residual blocks that are new start as the identity, so that a codec with more of them computes
    what it did. Raises ValueError for a change that leaves trained weights without their place.
    """
    larger = Thfm(ThfmConfig.from_json({**model.config.to_json(), **changes}))
    larger.prompts = model.prompts
    kept, weights = larger.state_dict(), model.state_dict()
    lost = [name for name in weights if name not in kept or kept[name].shape != weights[name].shape]
    if lost:
        raise ValueError(f"model {changes} drops or reshapes weights of the start: {lost[:3]}")
    larger.load_state_dict(weights, strict=False)
    return larger


def load_teacher(directory: str) -> WanCodec:
    """Load a diffusers AutoencoderKLWan from a local directory, frozen."""
    try:
        vae = AutoencoderKLWan.from_pretrained(
            directory, local_files_only=True, use_safetensors=True
        )
    except OSError as error:
        raise ValueError(f"teacher {directory} is not an AutoencoderKLWan: {error}") from error
    return WanCodec(vae).eval().requires_grad_(False)
