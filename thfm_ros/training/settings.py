# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A training run's settings, as config/train/*.yaml spells them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from thfm_ros.training.objective import LossWeights

PRECISIONS = ("auto", "fp32", "bf16")
OPTIMISERS = ("adamw", "muon")


@dataclass(frozen=True)
class Phase:
    """One part of the curriculum.

    steps:  optimiser steps; size: (width, height) that clips are resized to; frames: 4k + 1
    batch:  clips per process and step; tasks: dense tasks per step, drawn anew each time
    stills: share of the clips that are made of one frame by a moving window
    portrait: share of the batches that are as high as `size` is wide, and as wide as it is high
    """

    steps: int
    size: tuple[int, int]
    frames: int = 1
    batch: int = 8
    tasks: int = 4
    stills: float = 0.0
    portrait: float = 0.0

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "tasks"):
            if getattr(self, name) < 1:
                raise ValueError(f"phase.{name} is {getattr(self, name)}, allowed is 1 or more")
        for name in ("stills", "portrait"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"phase.{name} is {getattr(self, name)}, allowed is 0..1")
        if self.frames % 4 != 1:
            raise ValueError(f"phase.frames is {self.frames}, allowed is 4k + 1")


@dataclass(frozen=True)
class Optimiser:
    """Warm-up, a constant rate and a linear decay over the last steps.

    kind: "adamw", or "muon" for the hidden matrices and AdamW for the rest (training/muon.py)
    clip: gradients are scaled to this norm; drop: a step with a larger norm is skipped
    """

    kind: str = "adamw"
    rate: float = 1e-3
    warmup: int = 200
    decay: int = 0
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    clip: float = 1.0
    drop: float = 100.0
    ema: float = 0.999

    def __post_init__(self) -> None:
        if self.kind not in OPTIMISERS:
            raise ValueError(f"optimiser.kind is {self.kind!r}, allowed is one of {OPTIMISERS}")

    def rate_at(self, step: int, total: int) -> float:
        """Return the learning rate of a step out of `total`."""
        rate = self.rate * min(1.0, (step + 1) / max(1, self.warmup))
        left = total - step
        return rate * min(1.0, left / self.decay) if self.decay else rate


@dataclass(frozen=True)
class TrainingSettings:
    """Everything a run needs beside its data.

    preset:     of the model, used when `start` is empty; start: a checkpoint to go on from
    model:      what to change in either's config, keys and values as config.json has them
    teacher:    a diffusers VAE whose latents the codec stage learns; "" = its own
    train_codec: the ambient stage trains the codec as well; train_prior: and the image network that
                its encoder stands on
    precision:  of products; "auto" is bf16 on a GPU or a CPU that multiplies it natively
    recompute:  run blocks again in the backward pass instead of keeping what they computed
    save_every: steps between two saved states
    """

    phases: tuple[Phase, ...]
    preset: str = "nano"
    model: dict[str, Any] = field(default_factory=dict)
    start: str = ""
    teacher: str = ""
    seed: int = 0
    train_codec: bool = True
    train_prior: bool = False
    precision: str = "auto"
    recompute: bool = False
    save_every: int = 1000
    optimiser: Optimiser = Optimiser()
    loss: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        if not self.phases:
            raise ValueError("phases is empty, allowed is one or more")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}, allowed is one of {PRECISIONS}")

    @property
    def steps(self) -> int:
        """Optimiser steps of all phases."""
        return sum(phase.steps for phase in self.phases)

    def phase_at(self, step: int) -> Phase:
        """Return the phase that a step belongs to."""
        for phase in self.phases:
            if step < phase.steps:
                return phase
            step -= phase.steps
        return self.phases[-1]

    def to_yaml(self) -> str:
        """Return the settings as YAML that `load_settings` reads back."""
        return yaml.safe_dump(_plain(dataclasses.asdict(self)), sort_keys=False)


def load_settings(path: str | Path) -> TrainingSettings:
    """Read settings; an unknown key is a ValueError that names it."""
    values = yaml.safe_load(Path(path).read_text())
    if not isinstance(values, dict):
        raise ValueError(f"{path} holds {type(values).__name__}, allowed is a mapping")
    return read_settings(values)


def read_settings(values: dict[str, Any]) -> TrainingSettings:
    """Build settings from what a YAML file holds."""
    values = dict(values)
    phases = tuple(_build(Phase, phase, "phases") for phase in values.pop("phases", ()))
    nested = {"optimiser": Optimiser, "loss": LossWeights}
    parts = {n: _build(kind, values.pop(n), n) for n, kind in nested.items() if n in values}
    return _build(TrainingSettings, {**values, **parts, "phases": phases}, "settings")


def _build(kind: type, values: dict[str, Any], where: str) -> Any:
    unknown = sorted(set(values) - {f.name for f in dataclasses.fields(kind)})
    if unknown:
        raise ValueError(f"{where} has unknown keys {unknown}")
    return kind(**{n: tuple(v) if isinstance(v, list) else v for n, v in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value
