# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A whole video, offline: every frame from windows that overlap (`long_video`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import numpy as np
import torch

from thfm_ros.camera import Resize
from thfm_ros.frame import Frame
from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.shipped import load_model
from thfm_ros.perception import Perception
from thfm_ros.region import camera_from_region
from thfm_ros.runtime.backends.program import Program
from thfm_ros.runtime.engine import EngineConfig
from thfm_ros.runtime.long_video import Maps, OverlapPolicy, stitch
from thfm_ros.runtime.looks.maps import source_maps
from thfm_ros.runtime.scene.people import read_people


def perceive_offline(
    config: EngineConfig, frames: Iterable[Frame], overlap: int
) -> Iterator[tuple[Frame, Perception]]:
    """Perceive a video; yield each frame with its perception, in order.

    Windows of `config.window.length` frames share `overlap` frames; `config.window.stride` and the
    backend do not matter here. Where the size changes or stamps go back, windows begin anew.
    """
    model = load_model(config.checkpoint)
    size = config.size or model.config.size
    program = Program(model, config.tasks, last=None)
    policy = OverlapPolicy(config.window.length, overlap)

    def perceive(clip: np.ndarray) -> Maps:
        with torch.inference_mode():
            outputs = {n: v.numpy() for n, v in program(torch.from_numpy(clip)).items()}
        tasks = model.config.dense_tasks
        return {n: tasks[n].blendable(v) if n in tasks else v for n, v in outputs.items()}

    rotation, sources = config.rotation, deque()

    def upright() -> Iterator[Frame]:
        for frame in frames:
            sources.append(frame)
            yield rotation.upright(frame) if rotation else frame

    for stretch in stretches(upright()):
        for _, seen in _perceive_stretch(config, model.config, stretch, size, perceive, policy):
            source = sources.popleft()
            yield source, rotation.back(seen, source.size) if rotation else seen


def stretches(frames: Iterable[Frame]) -> Iterator[Iterator[Frame]]:
    """Cut frames where their size changes or their stamps do not go on; each part is lazy."""
    last: Frame | None = None
    number = 0

    def number_of(frame: Frame) -> int:
        nonlocal last, number
        if last and (frame.size != last.size or frame.stamp_ns <= last.stamp_ns):
            number += 1
        last = frame
        return number

    for _, stretch in groupby(frames, number_of):
        yield stretch


def _perceive_stretch(
    config: EngineConfig,
    model: ThfmConfig,
    frames: Iterator[Frame],
    size: tuple[int, int],
    perceive: Callable[[np.ndarray], Maps],
    policy: OverlapPolicy,
) -> Iterator[tuple[Frame, Perception]]:
    """Perceive frames of one size, which follow one another."""
    waiting: deque[tuple[Frame, Resize]] = deque()

    def images() -> Iterator[np.ndarray]:
        for frame in frames:
            resize = Resize(frame.size, size, config.resize_mode)
            waiting.append((frame, resize))
            yield resize.image_to_target(frame.image)

    for maps in stitch(images(), perceive, policy):
        frame, resize = waiting.popleft()
        tasks = model.dense_tasks
        outputs = {n: tasks[n].from_blendable(v) if n in tasks else v for n, v in maps.items()}
        rotation = camera_from_region(resize, frame.intrinsics)
        people = read_people(
            outputs, model.tokens, resize, config.min_score, config.min_confidence, rotation
        )
        yield (
            frame,
            Perception(
                stamp_ns=frame.stamp_ns,
                frame_id=frame.frame_id,
                size=frame.size,
                window=(frame.stamp_ns, frame.stamp_ns),
                frames_padded=0,
                people=people,
                backend="eager",
                maps=source_maps(outputs, resize, model.dense_tasks, rotation),
            ),
        )
