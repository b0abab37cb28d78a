# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings that define a THFM checkpoint: what is in its config.json, and the presets.

The settings carry the meaning of the weights (normalisation, sign, timestep, depth painting, what
the tokens say), so that code never has to guess from a file name.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from thfm_ros.depth_code import DepthCode

CODEC_KINDS = ("tiny", "wan", "taehv")
TOKEN_MEANINGS = ("body", "landmarks2d", "landmarks3d", "opaque")
TOKEN_STEPS = ("frame", "latent")
TEMPORAL_STRIDE = 4
SPATIAL_STRIDE = 8


@dataclass(frozen=True)
class TransformerConfig:
    """The sizes of diffusers' WanTransformer3DModel."""

    heads: int
    head_dim: int
    layers: int
    ffn_dim: int
    text_dim: int
    freq_dim: int = 256
    latent_channels: int = 16
    patch: tuple[int, int, int] = (1, 2, 2)

    def __post_init__(self) -> None:
        for name in ("heads", "head_dim", "layers", "ffn_dim", "text_dim", "freq_dim"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"transformer.{name} is {getattr(self, name)}, allowed is 1 or more"
                )
        if self.head_dim % 2 or self.head_dim < 6:
            raise ValueError(
                f"transformer.head_dim is {self.head_dim}, allowed is an even number from 6: "
                "rotary positions split it in pairs over time, height and width"
            )
        if self.patch[0] != 1:
            raise ValueError(f"transformer.patch is {self.patch}, allowed is 1 along time")

    @property
    def dim(self) -> int:
        """Width of the residual stream."""
        return self.heads * self.head_dim


@dataclass(frozen=True)
class TokenGroup:
    """A group of learnable tokens appended to the video latents.

    step:      one set of tokens per "frame" (THFM, GenCeption) or per "latent" frame
    per_step:  tokens in a set; 1 in THFM, one per landmark in models trained here
    joints:    what one set stands for: joints x values numbers (per video frame)
    values:    numbers per joint
    meaning:   "landmarks2d" (x, y in -1..1 of the image), "landmarks3d" (metres from the centre of
               the hips, optical axes), "body" (x, y, X, Y, Z, confidence logit; one token more
               than landmarks, whose confidence is the person's), "opaque" (known by index only)
    tells_span: of a body group, the person's Z is the natural logarithm of the picture's span: how
               many metres wide the network's input is at the people's median depth
    """

    name: str
    joints: int
    values: int
    meaning: str
    per_step: int = 1
    step: str = "frame"
    tells_span: bool = False

    def __post_init__(self) -> None:
        if self.meaning not in TOKEN_MEANINGS:
            raise ValueError(
                f"tokens.{self.name}.meaning is {self.meaning!r}, "
                f"allowed is one of {TOKEN_MEANINGS}"
            )
        if self.step not in TOKEN_STEPS:
            raise ValueError(
                f"tokens.{self.name}.step is {self.step!r}, allowed is one of {TOKEN_STEPS}"
            )
        if self.per_step not in (1, self.joints):
            raise ValueError(
                f"tokens.{self.name}.per_step is {self.per_step}, "
                f"allowed is 1 or the number of joints, {self.joints}"
            )
        if self.meaning == "body" and (self.step, self.per_step) != ("latent", self.joints):
            raise ValueError(
                f"tokens.{self.name}: a body group has one token per joint and latent frame, "
                f"not per_step {self.per_step} and step {self.step!r}"
            )
        if self.tells_span and self.meaning != "body":
            raise ValueError(
                f"tokens.{self.name}.tells_span is True, allowed is False: "
                f"only a body group has a person's token, this one's meaning is {self.meaning!r}"
            )


@dataclass(frozen=True)
class CodecConfig:
    """The video codec: "tiny" (ours), "wan" (diffusers' AutoencoderKLWan) or "taehv".

    width, decoder_width: of the tiny codec, channels at 1/4 resolution (twice as many at 1/8, and
                   three times as many at 1/16, which only the encoder has)
    encoder_blocks, decoder_blocks: of the tiny codec, residual blocks at 1/4 and at 1/8
    context_blocks: of the tiny codec, residual blocks at 1/16
    arguments:     constructor arguments of AutoencoderKLWan
    mean, std:     per latent channel; normalised = (raw - mean) / std
    """

    kind: str
    width: int = 48
    decoder_width: int = 32
    encoder_blocks: int = 2
    context_blocks: int = 2
    decoder_blocks: int = 1
    arguments: dict[str, Any] = field(default_factory=dict)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in CODEC_KINDS:
            raise ValueError(f"codec.kind is {self.kind!r}, allowed is one of {CODEC_KINDS}")
        if len(self.mean) != len(self.std) or any(value <= 0 for value in self.std):
            raise ValueError(
                f"codec.mean has {len(self.mean)} and codec.std {len(self.std)} values, "
                "allowed are as many of both and every std more than 0"
            )


@dataclass(frozen=True)
class ThfmConfig:
    """Everything that config.json of a checkpoint says.

    size, frames:      the input that the weights were trained for, (width, height) and 4k+1
    timestep:          of the rectified flow; 0 = its noise-free end
    negate:            the prediction is minus the transformer's output (Wan predicts noise - data)
    normalize_latents: the transformer sees (raw - mean) / std instead of raw latents
    shared_blocks:     the first blocks run once with the neutral prompt, the rest once per task
                       (0 = THFM)
    token_task:        the task whose pass carries the tokens; None = the keypoint prompt's own pass
    tasks:             what the weights were trained to predict
    depth_on_people:   depth is defined on people only, and painted far elsewhere
    trained:           False = random weights
    """

    name: str
    transformer: TransformerConfig
    codec: CodecConfig
    tokens: tuple[TokenGroup, ...]
    size: tuple[int, int]
    frames: int
    tasks: tuple[str, ...]
    depth: DepthCode = field(default_factory=DepthCode)
    timestep: int = 0
    negate: bool = True
    normalize_latents: bool = True
    shared_blocks: int = 0
    token_task: str | None = None
    depth_on_people: bool = False
    trained: bool = False

    def __post_init__(self) -> None:
        stride = SPATIAL_STRIDE * self.transformer.patch[1]
        if any(edge <= 0 or edge % stride for edge in self.size):
            raise ValueError(f"size is {self.size}, allowed are positive multiples of {stride}")
        if self.frames < 1 or self.frames % TEMPORAL_STRIDE != 1:
            raise ValueError(f"frames is {self.frames}, allowed is 4k + 1: 1, 5, 9, ...")
        if not 0 <= self.shared_blocks < self.transformer.layers:
            raise ValueError(
                f"shared_blocks is {self.shared_blocks}, "
                f"allowed is 0..{self.transformer.layers - 1}"
            )
        if self.token_task is not None and self.token_task not in self.tasks:
            raise ValueError(
                f"token_task is {self.token_task!r}, allowed is one of {self.tasks} or None"
            )

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries, lists and numbers."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ThfmConfig:
        """Build from what `to_json` gave; a ValueError names an unknown or missing key."""
        values = dict(values)
        nested = {"transformer": TransformerConfig, "codec": CodecConfig, "depth": DepthCode}
        for name, kind in nested.items():
            if name in values:
                values[name] = _build(kind, values[name], f"{name}.")
        if "tokens" in values:
            values["tokens"] = tuple(_build(TokenGroup, g, "tokens.") for g in values["tokens"])
        return _build(cls, values, "")


def _build(kind: type, values: dict[str, Any], prefix: str) -> Any:
    known = {f.name: f for f in dataclasses.fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"unknown config keys {[prefix + name for name in unknown]}")
    required = {n for n, f in known.items() if _is_required(f)}
    missing = sorted(required - set(values))
    if missing:
        raise ValueError(f"missing config keys {[prefix + name for name in missing]}")
    return kind(**{n: tuple(v) if isinstance(v, list) else v for n, v in values.items()})


def _is_required(spec: dataclasses.Field) -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
