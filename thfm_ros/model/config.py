# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings that define a THFM checkpoint: what is in its config.json, and the presets.

The settings carry the meaning of the weights (normalisation, sign, timestep, depth painting, what
the tokens say), so that code never has to guess from a file name.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from thfm_ros.tasks import DENSE, DenseTask
from thfm_ros.tasks.depth import Depth
from thfm_ros.tasks.depth_code import DepthCode
from thfm_ros.tasks.layout import LAYOUTS, Layout

CODEC_KINDS = ("tiny", "prior", "wan", "taehv")
OPAQUE = "opaque"
TOKEN_MEANINGS = (*LAYOUTS, OPAQUE)
TOKEN_STEPS = ("frame", "latent")
PRIOR_NETWORKS = ("efficientnet_lite0",)
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
    meaning:   one of tasks/layout.py, which says what each number is: "body", "landmarks2d",
               "landmarks3d"; or "opaque" (known by index only)
    heat_maps:  of a body group, landmarks are found in heat maps at 1/4 resolution, on features of
               the decoder (needs a codec that has them: "tiny", "prior")
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
    heat_maps: bool = False

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
        for name in ("tells_span", "heat_maps"):
            if getattr(self, name) and self.meaning != "body":
                raise ValueError(
                    f"tokens.{self.name}.{name} is True, allowed is False: "
                    f"only a body group has it, this one's meaning is {self.meaning!r}"
                )

    @property
    def layout(self) -> Layout | None:
        """What each number means; None where that is not known."""
        return LAYOUTS.get(self.meaning)


@dataclass(frozen=True)
class TinyEncoderConfig:
    """The tiny codec's encoder.

    width:  channels at 1/4 resolution; twice as many at 1/8, three times as many at 1/16
    blocks: residual blocks at 1/4 and at 1/8; context_blocks: at 1/16
    """

    width: int = 48
    blocks: int = 2
    context_blocks: int = 2


@dataclass(frozen=True)
class PriorEncoderConfig:
    """An encoder on the features of a network that was trained on photographs.

    network: which one
    width, context_width: channels at 1/8 and at 1/16
    blocks, context_blocks: residual blocks at 1/8 and at 1/16
    source, licence: of the network's weights; "" = random
    """

    network: str = "efficientnet_lite0"
    width: int = 96
    context_width: int = 128
    blocks: int = 1
    context_blocks: int = 2
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if self.network not in PRIOR_NETWORKS:
            raise ValueError(
                f"codec.encoder.network is {self.network!r}, allowed is one of {PRIOR_NETWORKS}"
            )


@dataclass(frozen=True)
class DecoderConfig:
    """The decoder of the tiny and the prior codec.

    width: channels at 1/4 resolution, twice as many at 1/8; blocks: residual blocks at each
    """

    width: int = 32
    blocks: int = 1


@dataclass(frozen=True)
class CodecConfig:
    """The video codec.

    kind:      "tiny" (ours), "prior" (ours, its encoder on top of a trained image network), "wan"
               (diffusers' AutoencoderKLWan) or "taehv"
    encoder, decoder: of the tiny and the prior codec; None = the kind's defaults
    arguments: constructor arguments of AutoencoderKLWan
    mean, std: per latent channel; normalised = (raw - mean) / std
    """

    kind: str
    encoder: TinyEncoderConfig | PriorEncoderConfig | None = None
    decoder: DecoderConfig | None = None
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
        encoder = _ENCODERS.get(self.kind)
        for name, kind in (("encoder", encoder), ("decoder", encoder and DecoderConfig)):
            value = getattr(self, name)
            if kind is None and value is not None:
                raise ValueError(f"codec.{name} is {value}, allowed is none with {self.kind!r}")
            if kind is not None and value is None:
                object.__setattr__(self, name, kind())
            elif kind is not None and not isinstance(value, kind):
                raise ValueError(f"codec.{name} is {value}, allowed is a {kind.__name__}")

    @property
    def in_groups(self) -> bool:
        """Whether every latent frame depends on its own frames alone: a `GroupCodec`."""
        return self.kind in _ENCODERS

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CodecConfig:
        """Build from what `ThfmConfig.to_json` gave; a ValueError names an unknown key."""
        values = dict(values)
        kinds = {"encoder": _ENCODERS.get(values.get("kind")), "decoder": DecoderConfig}
        for name, kind in kinds.items():
            if kind is not None and values.get(name) is not None:
                values[name] = _build(kind, values[name], f"codec.{name}.")
        return _build(cls, values, "codec.")


@dataclass(frozen=True)
class ThfmConfig:
    """Everything that config.json of a checkpoint says.

    size, frames:      the input that the weights were trained for, (width, height) and 4k+1
    portrait:          they were also trained for pictures as high as `size` is wide, and as wide as
                       it is high
    timestep:          of the rectified flow; 0 = its noise-free end
    negate:            the prediction is minus the transformer's output (Wan predicts noise - data)
    residual:          the prediction is added to the input's latents: one step of a flow from the
                       picture to its painting (as DepthFM), instead of the painting itself
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
    residual: bool = False
    normalize_latents: bool = True
    shared_blocks: int = 0
    token_task: str | None = None
    depth_on_people: bool = False
    portrait: bool = False
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
        mapped = [group.name for group in self.tokens if group.heat_maps]
        if mapped and (self.token_task is None or self.codec.decoder is None):
            raise ValueError(
                f"tokens.{mapped[0]}.heat_maps is True, allowed only with a token_task and a codec "
                f"that has a decoder, not with {self.token_task!r} and {self.codec.kind!r}"
            )

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """The sizes that the network is shown, `size` first: those the weights were trained for."""
        turned = self.portrait and self.size[0] != self.size[1]
        return (self.size, self.size[::-1]) if turned else (self.size,)

    @cached_property
    def dense_tasks(self) -> dict[str, DenseTask]:
        """The dense tasks, as these weights paint them."""
        ours = {"depth": Depth(self.depth, self.depth_on_people)}
        return {name: ours.get(name, DENSE[name]) for name in self.tasks if name in DENSE}

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries, lists and numbers."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ThfmConfig:
        """Build from what `to_json` gave; a ValueError names an unknown or missing key."""
        values = dict(values)
        for name, kind in {"transformer": TransformerConfig, "depth": DepthCode}.items():
            if name in values:
                values[name] = _build(kind, values[name], f"{name}.")
        if "codec" in values:
            values["codec"] = CodecConfig.from_json(values["codec"])
        if "tokens" in values:
            values["tokens"] = tuple(_build(TokenGroup, g, "tokens.") for g in values["tokens"])
        return _build(cls, values, "")


_ENCODERS = {"tiny": TinyEncoderConfig, "prior": PriorEncoderConfig}


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
