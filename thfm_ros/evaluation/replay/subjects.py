# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is evaluated: our engine frame by frame, or offline in overlapping windows."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.replay.times import stage_latency, stage_totals
from thfm_ros.model.shipped import find_checkpoint, weights_title
from thfm_ros.perception import InferenceTimes, Perception
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.runtime.offline import perceive_offline
from thfm_ros.tasks.depth_code import DepthCode

Answer = tuple[Sample, "Perception | None", "bool | None"]
"""A sample, its perception, and whether a window begins with it (None = perception.window says)."""


class Subject(Protocol):
    """Something that perceives frames.

    name: a short word; title: one line for the report
    """

    name: str
    title: str

    def answers(self, samples: Iterable[Sample]) -> Iterator[Answer]:
        """Perceive samples in order, every one of them."""

    def ratio(self, perception: Perception) -> np.ndarray | None:
        """Return depth up to an unknown scale, float [H, W]."""

    def milliseconds(self, times: list[InferenceTimes]) -> list[float]:
        """Return how long each perception took."""

    def latency(self, times: list[InferenceTimes]) -> dict:
        """Return the table of times for the report; {} = not measured."""

    def describe(self) -> dict:
        """Return the configuration, for the report."""

    def close(self) -> None:
        """Free what it holds."""


class EngineSubject:
    """The engine as the node runs it in mode `every`: each frame perceived from those before it."""

    name = "thfm"

    def __init__(self, config: EngineConfig) -> None:
        self._engine = Engine(config)
        self._engine.warm_up()
        weights = weights_title(config.checkpoint)
        self.title = f"{self._engine.weights.name} ({weights}), {self._engine.backend.name}"

    def answers(self, samples: Iterable[Sample]) -> Iterator[Answer]:
        """Perceive samples in order; None where the stride says that no inference is due."""
        self._engine.reset()
        waiting: deque[Sample] = deque()
        for sample in samples:
            if sample.reset:
                self._engine.reset()
            if sample.shift_ns:
                self._engine.shift(sample.shift_ns)
            waiting.append(sample)
            for frame, perception in self._engine.perceive(sample.frame):
                while waiting[0].frame is not frame:
                    yield waiting.popleft(), None, None
                yield waiting.popleft(), perception, None
        for sample in waiting:
            yield sample, None, None

    def ratio(self, perception: Perception) -> np.ndarray | None:
        """Undo the depth curve that the checkpoint paints with."""
        return depth_ratio(perception, self._engine.weights.depth)

    def milliseconds(self, times: list[InferenceTimes]) -> list[float]:
        """Return all stages together."""
        return stage_totals(times)

    def latency(self, times: list[InferenceTimes]) -> dict:
        """Return quantiles of each stage; {} offline, where a window serves many frames."""
        return stage_latency(times)

    def describe(self) -> dict:
        """Return the engine's configuration and what weights it ran."""
        return describe_engine(self._engine.config, self._engine.untrained, self.title)

    def close(self) -> None:
        """Free the backend."""
        self._engine.close()


class OfflineSubject(EngineSubject):
    """The same weights offline, in windows that share `overlap` frames (`thfm run --overlap`)."""

    def __init__(self, config: EngineConfig, overlap: int) -> None:
        super().__init__(config)
        self.overlap = overlap
        self.title = f"{self.title}; offline, windows overlap by {overlap}"

    def answers(self, samples: Iterable[Sample]) -> Iterator[Answer]:
        """Perceive all samples; a window begins every `length - overlap` frames."""
        waiting: deque[Sample] = deque()
        step = self._engine.config.window.length - self.overlap

        def frames():
            for sample in samples:
                waiting.append(sample)
                yield sample.frame

        perceived = perceive_offline(self._engine.config, frames(), self.overlap)
        for index, (_, perception) in enumerate(perceived):
            yield waiting.popleft(), perception, index > 0 and index % step == 0

    def describe(self) -> dict:
        """Return the engine's configuration and the overlap."""
        return {**super().describe(), "overlap": self.overlap}


def depth_ratio(perception: Perception, code: DepthCode) -> np.ndarray | None:
    """Return depth over the clip's median, float [H, W], NaN where there is none."""
    if perception.depth_relative is None:
        return None
    return code.ratio(torch.from_numpy(np.array(perception.depth_relative))).numpy()


def describe_engine(config: EngineConfig, untrained: bool, title: str) -> dict:
    """Return the settings as JSON values, with the hash of the weights."""
    settings = dataclasses.asdict(config)
    folder = find_checkpoint(config.checkpoint)
    return {
        "title": title,
        **settings,
        "checkpoint": weights_title(config.checkpoint),
        "weights_sha256": weights_hash(folder) if folder else None,
        "untrained": untrained,
        "mode": "every",
    }


def weights_hash(folder: Path) -> str:
    """Return SHA-256 over a checkpoint's files, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
