# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The model sizes that ship: nano (trained here), wan-1.3b and wan-14b (Wan2.1's sizes)."""

from __future__ import annotations

import dataclasses

from thfm_ros import skeleton, tasks
from thfm_ros.model.config import (
    CodecConfig,
    DecoderConfig,
    ThfmConfig,
    TinyEncoderConfig,
    TokenGroup,
    TransformerConfig,
)
from thfm_ros.tasks.depth_code import DepthCode

# Of Wan2.1's public VAE (its config.json): latents are normalised per channel with these.
WAN_LATENTS_MEAN = (
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508,
    0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
)  # fmt: skip
WAN_LATENTS_STD = (
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
    3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
)  # fmt: skip


def _body_tokens(heat_maps: bool) -> tuple[TokenGroup, ...]:
    joints = skeleton.COUNT + 1
    group = TokenGroup(
        "body",
        joints,
        6,
        "body",
        per_step=joints,
        step="latent",
        tells_span=True,
        heat_maps=heat_maps,
    )
    return (group,)


def _landmark_tokens() -> tuple[TokenGroup, ...]:
    return (
        TokenGroup("landmarks2d", skeleton.COUNT, 2, "landmarks2d"),
        TokenGroup("landmarks3d", skeleton.COUNT, 3, "landmarks3d"),
    )


def _wan(name: str, heads: int, layers: int, ffn_dim: int) -> ThfmConfig:
    return ThfmConfig(
        name=name,
        transformer=TransformerConfig(heads, 128, layers, ffn_dim, text_dim=4096),
        codec=CodecConfig("wan", mean=WAN_LATENTS_MEAN, std=WAN_LATENTS_STD),
        tokens=_landmark_tokens(),
        size=(832, 480),
        frames=81,
        tasks=tasks.STANDARD,
    )


def nano() -> ThfmConfig:
    """Return thfm-nano: small enough for a CPU, all tasks, one token per landmark."""
    return ThfmConfig(
        name="thfm-nano",
        transformer=TransformerConfig(
            3, 64, 6, 576, text_dim=64, freq_dim=64, latent_channels=64, patch=(1, 2, 2)
        ),
        codec=CodecConfig("prior"),
        tokens=_body_tokens(heat_maps=True),
        size=(192, 144),
        frames=5,
        tasks=tasks.STANDARD,
        depth=DepthCode("log_ratio", 0.4),
        residual=True,
        shared_blocks=5,
        token_task="dense_pose",
        depth_on_people=True,
        portrait=True,
    )


def tiny() -> ThfmConfig:
    """Return a model for tests: it builds in milliseconds, and has all of nano but its prior."""
    return dataclasses.replace(
        nano(),
        name="tiny",
        transformer=TransformerConfig(2, 12, 3, 32, text_dim=16, freq_dim=16),
        codec=CodecConfig("tiny", TinyEncoderConfig(8, 1, 1), DecoderConfig(8)),
        size=(64, 48),
        shared_blocks=1,
    )


PRESETS = {
    "nano": nano,
    "tiny": tiny,
    "wan-1.3b": lambda: _wan("wan-1.3b", heads=12, layers=30, ffn_dim=8960),
    "wan-14b": lambda: _wan("wan-14b", heads=40, layers=40, ffn_dim=13824),
}


def preset(name: str) -> ThfmConfig:
    """Return the config of a preset; an unknown name is a ValueError that lists them."""
    if name not in PRESETS:
        raise ValueError(f"preset is {name!r}, allowed is one of {list(PRESETS)}")
    return PRESETS[name]()
