# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What `thfm bench gpu` runs, the most telling first: minutes are few on a machine that is lent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from thfm_ros import tasks
from thfm_ros.model.config import CodecConfig, ThfmConfig, TransformerConfig
from thfm_ros.model.presets import preset
from thfm_ros.model.prompts import PromptTable, task_prompts
from thfm_ros.model.thfm import Thfm

EAGER, COMPILED = "eager", "torch.compile"
GRAPH, FUSED_GRAPH = "graph", "graph + Inductor"
QUICK, SLOW = (EAGER, GRAPH), (COMPILED, FUSED_GRAPH)
_ALL = tasks.STANDARD
_SETS = {"1 task": ("depth",), "4 tasks": tuple(tasks.STANDARD_MAPS), "all tasks": _ALL}
_SIZES = ((448, 256), (832, 480))
_FRAMES = (5, 9, 17)
_TEXT_LENGTH = 226
"""Rows of a prompt's states, as the public successor of THFM has them."""


@dataclass(frozen=True)
class Subject:
    """A model with random weights. wide: they are float32, and products are bfloat16 on a GPU."""

    name: str
    config: ThfmConfig
    wide: bool


@dataclass(frozen=True)
class Case:
    """A subject on clips of a shape, for a set of tasks, run in some of the four ways."""

    subject: Subject
    size: tuple[int, int]
    frames: int
    set: str
    modes: tuple[str, ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks of its set."""
        return _SETS[self.set]

    def title(self, mode: str) -> str:
        """Name one of its rows."""
        width, height = self.size
        return f"{self.subject.name}, {width}x{height}, {self.frames} frames, {self.set}, {mode}"


def cases(dry: bool) -> list[Case]:
    """Return every case, in the order of what is learned from it; dry: tiny ones, eager only."""
    if dry:
        return [Case(one, (64, 48), 5, "4 tasks", (EAGER,)) for one in _tiny()]
    nano = Subject("nano", preset("nano"), wide=True)
    taehv, wan = (Subject(f"1.3B {kind}", _full(kind), wide=False) for kind in ("taehv", "wan"))
    first = [
        Case(nano, preset("nano").size, 5, "all tasks", (*QUICK, *SLOW)),
        Case(taehv, _SIZES[0], 5, "4 tasks", (*QUICK, *SLOW)),
    ]
    rest = [Case(one, *shape, QUICK) for one in (taehv, wan, nano) for shape in _shapes()]
    compiled = [Case(one, *shape, SLOW) for one in (wan, taehv, nano) for shape in _shapes()]
    return [*first, *rest, *compiled]


def build(subject: Subject, device: torch.device) -> Thfm:
    """Build a subject's model on the device itself: it is never on the host."""
    default = torch.get_default_dtype()
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32 if subject.wide else torch.bfloat16)
    try:
        with torch.device(device):
            model = Thfm(subject.config).eval().requires_grad_(False)
            if not subject.wide:
                shape = _TEXT_LENGTH, subject.config.transformer.text_dim
                texts = task_prompts(subject.config)
                model.prompts = PromptTable({text: torch.randn(shape) for text in texts})
    finally:
        torch.set_default_dtype(default)
    return model.requires_grad_(False)


def _shapes() -> Iterator[tuple[tuple[int, int], int, str]]:
    for frames in _FRAMES:
        for size in _SIZES:
            for name in ("4 tasks", "1 task"):
                yield size, frames, name


def _full(codec: str) -> ThfmConfig:
    full = preset("wan-1.3b")
    return dataclasses.replace(full, codec=dataclasses.replace(full.codec, kind=codec))


def _tiny() -> tuple[Subject, ...]:
    """Return stand-ins of every subject that a CPU runs in no time."""
    small = dataclasses.replace(
        _full("wan"),
        transformer=TransformerConfig(2, 12, 2, 32, text_dim=16, freq_dim=16),
        codec=CodecConfig("wan", arguments={"base_dim": 8}),
    )
    return Subject("tiny", preset("tiny"), wide=True), Subject("tiny wan", small, wide=False)
