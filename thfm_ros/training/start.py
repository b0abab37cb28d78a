# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a run starts from: random weights, a checkpoint, a checkpoint that grows; a teacher."""

from __future__ import annotations

from diffusers import AutoencoderKLWan

from thfm_ros.model.checkpoint import load_checkpoint
from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.growth import grown
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


def load_teacher(directory: str) -> WanCodec:
    """Load a diffusers AutoencoderKLWan from a local directory, frozen."""
    try:
        vae = AutoencoderKLWan.from_pretrained(
            directory, local_files_only=True, use_safetensors=True
        )
    except OSError as error:
        raise ValueError(f"teacher {directory} is not an AutoencoderKLWan: {error}") from error
    return WanCodec(vae).eval().requires_grad_(False)
