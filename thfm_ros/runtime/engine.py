# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The engine: frames in, perceptions out. Synchronous, without ROS and without threads."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from thfm_ros import tasks as task_table
from thfm_ros.camera import RESIZE_MODES, Resize
from thfm_ros.frame import Frame
from thfm_ros.model.shipped import config_of, weights_title
from thfm_ros.perception import InferenceTimes, Perception
from thfm_ros.region import Region, camera_from_region
from thfm_ros.runtime.backends import BackendChoice, open_backend
from thfm_ros.runtime.looks.crops import CropReader
from thfm_ros.runtime.looks.focus import Look
from thfm_ros.runtime.looks.maps import count_not_finite, source_maps
from thfm_ros.runtime.looks.rotation import ImageRotation
from thfm_ros.runtime.scene.people import read_people
from thfm_ros.runtime.scene.scene import Scene, ScenePolicy
from thfm_ros.runtime.stream.blind import why_blind
from thfm_ros.runtime.stream.schedule import Schedule
from thfm_ros.runtime.stream.window import Window, WindowClip, WindowPolicy

UNTRAINED = "untrained weights"
EMISSIONS = ("newest", "new")


@dataclass(frozen=True)
class EngineConfig:
    """How to perceive a stream.

    checkpoint:     a directory, "" = the weights that ship, or "random"
    tasks:          what to compute
    size:           the network's (width, height); None = the checkpoint's own
    emit:           "newest" = a result for the window's newest frame, "new" = one for each frame
                    that no window had before (with stride 4, four results per inference)
    schedule:       which tasks run less often than in every window
    focus:          look again, through a crop around everybody, where people fill little of the
                    picture; needs the mask, and a checkpoint whose maps are of people only
    rotation:       of a camera that is mounted rotated, where a frame does not say; results are in
                    the image as it came
    min_score:      0..1; below it nobody is there
    min_confidence: 0..1; a landmark below it is absent. A confidence is the chance to be in sight,
                    so what is hidden has little of it: the default keeps most of that
    """

    checkpoint: str = ""
    tasks: tuple[str, ...] = task_table.STANDARD
    size: tuple[int, int] | None = None
    resize_mode: str = "letterbox"
    window: WindowPolicy = field(default_factory=WindowPolicy)
    backend: BackendChoice = field(default_factory=BackendChoice)
    scene: ScenePolicy = field(default_factory=ScenePolicy)
    emit: str = "newest"
    schedule: Schedule = field(default_factory=Schedule)
    focus: bool = True
    min_score: float = 0.5
    min_confidence: float = 0.02
    rotation: ImageRotation = field(default_factory=ImageRotation)

    def __post_init__(self) -> None:
        task_table.check_tasks(self.tasks)
        if self.resize_mode not in RESIZE_MODES:
            raise ValueError(
                f"resize_mode is {self.resize_mode!r}, allowed is one of {RESIZE_MODES}"
            )
        if self.emit not in EMISSIONS:
            raise ValueError(f"emit is {self.emit!r}, allowed is one of {EMISSIONS}")
        for name in ("min_score", "min_confidence"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed is 0..1")


class Engine:
    """One stream's perception: window, model and decoding.

    Not thread-safe: one thread pushes frames. Raises CheckpointError or ValueError at construction.
    """

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self.weights = config_of(config.checkpoint)
        unknown = [task for task in config.tasks if task not in self.weights.tasks]
        if unknown:
            raise ValueError(f"tasks {unknown} are not in this checkpoint: {self.weights.tasks}")
        if config.size:
            self.weights = replace(self.weights, size=config.size)
        self.size, self.sizes = self.weights.size, self.weights.sizes
        # Decoding is for so many frames in every run: a backend's shapes do not change.
        self._last = min(config.window.stride, config.window.length) if config.emit == "new" else 1
        self.backend = open_backend(config.checkpoint, config.backend, config.tasks, self._last)
        self._window = Window(config.window)
        self._windows = 0
        self._rotation = config.rotation
        self._sources: deque[tuple[Frame, Frame]] = deque(maxlen=config.window.length)
        self._look = Look(
            lambda *window: self.backend.run(*window),
            config.focus and self.weights.depth_on_people,
            self.sizes,
        )
        sparse = tuple(task for task in config.tasks if task in task_table.SPARSE)
        crops = CropReader(
            lambda clip: self.backend.run(clip, sparse),
            self.weights.tokens,
            self.sizes,
            config.min_score,
            config.min_confidence,
        )
        self._scene = Scene(config.scene, self.weights.depth, crops.read)

    @property
    def untrained(self) -> bool:
        """Whether the weights are random."""
        return not self.weights.trained

    @property
    def description(self) -> str:
        """One line for logs and diagnostics: model, backend and why."""
        weights = weights_title(self.config.checkpoint)
        return (
            f"{self.weights.name} ({weights}), {self.size[0]}x{self.size[1]}, "
            f"backend {self.backend.name}: {self.backend.reason}"
        )

    def warm_up(self) -> None:
        """Compile or capture now what the first inference would, which takes seconds."""
        for width, height in self.sizes:
            self.backend.prepare((self.config.window.length, height, width, 3))

    def push(self, frame: Frame, wanted: frozenset[str] | None = None) -> Perception | None:
        """Add a frame; return the newest frame's perception when an inference is due, else None.

        wanted: the tasks whose results anybody needs (all configured ones if None)
        """
        results = self.perceive(frame, wanted)
        return results[-1][1] if results else None

    def perceive(
        self, frame: Frame, wanted: frozenset[str] | None = None
    ) -> tuple[tuple[Frame, Perception], ...]:
        """Add a frame; return every frame that this completes with its perception, oldest first.

        wanted: the tasks whose results anybody needs (all configured ones if None)
        """
        rotation = self.config.rotation if frame.rotation is None else ImageRotation(frame.rotation)
        if rotation != self._rotation:
            # What was seen until now lies on its side, or on its head.
            self.reset()
            self._rotation = rotation
        if not rotation:
            return self._perceive(frame, wanted)
        upright = rotation.upright(frame)
        self._sources.append((upright, frame))
        sources = {id(known): source for known, source in self._sources}
        return tuple(
            (sources[id(known)], rotation.back(seen, sources[id(known)].size))
            for known, seen in self._perceive(upright, wanted)
        )

    def _perceive(
        self, frame: Frame, wanted: frozenset[str] | None
    ) -> tuple[tuple[Frame, Perception], ...]:
        start = time.perf_counter()
        resize = Resize(frame.size, self.size, self.config.resize_mode)
        self._window.push(frame, resize.image_to_target(frame.image))
        if wanted is not None:
            wanted = self.config.scene.needs(wanted)
        tasks = tuple(t for t in self.config.tasks if wanted is None or t in wanted)
        clip = self._window.take() if tasks else None
        if clip is None:
            return ()
        due = self.config.schedule.due(tasks, self._windows)
        put_off, tasks = tuple(task for task in tasks if task not in due), due
        self._windows += 1
        if not tasks:
            return ()
        prepared = time.perf_counter()
        outputs, region = self._look(clip, tasks, resize)
        inferred = time.perf_counter()
        times = InferenceTimes(
            preprocess=1e3 * (prepared - start), inference=1e3 * (inferred - prepared)
        )
        results = []
        for back in reversed(range(min(clip.fresh, self._last))):
            begin = time.perf_counter()
            seen = self._complete(clip, back, outputs, region, tasks)
            postprocess = 1e3 * (time.perf_counter() - begin)
            times = replace(times, postprocess=postprocess)
            seen = replace(seen, times=times, put_off=put_off)
            results.append((clip.frames[-1 - back], seen))
        return tuple(results)

    def reset(self) -> None:
        """Forget the window, everybody and what depth meant, for example after a clock jump."""
        self._window.reset()
        self._windows = 0
        self._look.reset()
        self._scene.reset()

    def shift(self, shift_ns: int) -> None:
        """Note that another clock stamps from now on; people stay who they are."""
        self._window.reset()
        self._scene.shift(shift_ns)

    def idle(self) -> None:
        """Let the backend do what it put off; call it when no frame waits."""
        self.backend.idle()

    def close(self) -> None:
        """Free the backend."""
        self.backend.close()

    def _complete(
        self,
        clip: WindowClip,
        back: int,
        outputs: dict[str, np.ndarray],
        region: Region,
        tasks: tuple[str, ...],
    ) -> Perception:
        """Say what the frame that is `back` frames before the window's newest shows."""
        known = clip.frames[: len(clip.frames) - back]
        frame = known[-1]
        values = {name: values[-1 - back] for name, values in outputs.items()}
        config, limits = self.weights, (self.config.min_score, self.config.min_confidence)
        rotation = camera_from_region(region, frame.intrinsics)
        seen = Perception(
            stamp_ns=frame.stamp_ns,
            frame_id=frame.frame_id,
            size=frame.size,
            window=(clip.frames[0].stamp_ns, clip.newest.stamp_ns),
            frames_padded=clip.padded,
            people=read_people(values, config.tokens, region, *limits, rotation),
            tasks=tasks,
            blind=UNTRAINED if self.untrained else why_blind(frame.image),
            not_finite=count_not_finite(values),
            backend=self.backend.name,
            maps=source_maps(values, region, config.dense_tasks, rotation),
        )
        return self._scene.complete(seen, tasks, known, clip.padded + back)
