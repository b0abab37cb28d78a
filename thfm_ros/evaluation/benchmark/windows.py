# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long one window takes: our backends and their rivals, turn by turn in one run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from thfm_ros import tasks as task_table
from thfm_ros.evaluation.benchmark import rivals
from thfm_ros.evaluation.benchmark.lower_bound import lower_bounds
from thfm_ros.evaluation.replay.times import quantiles
from thfm_ros.frame import Frame
from thfm_ros.model.shipped import load_model
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice, choose_backend
from thfm_ros.runtime.backends.openvino import is_installed
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.runtime.scene.scene import ScenePolicy
from thfm_ros.runtime.scene.tracking import TrackPolicy
from thfm_ros.runtime.stream.window import WindowPolicy

ONE_TASK = ("mask", "keypoints2d", "keypoints3d")
_WARM = 2
_FRAME_NS = 33_333_333


def window_times(
    checkpoint: str, size: tuple[int, int] | None, threads: int, repeats: int, quick: bool
) -> dict:
    """Time windows of 5 frames, all tasks, by everything that can run them here.

    quick: without torch.compile and ONNX Runtime, which take minutes to compile
    Returns milliseconds by name, what "auto" is, its times for one dense task and skeletons, and
    what no implementation could be quicker than.
    """
    # A backend may take its model to another device or type: each has its own.
    model = load_model(checkpoint)
    width, height = size or model.config.size
    clip = _clips(1, (width, height))[0]
    runs: dict[str, Callable] = {
        "eager diffusers": rivals.eager_diffusers(load_model(checkpoint), task_table.STANDARD)
    }
    auto = choose_backend(model, BackendChoice("auto", threads=threads), task_table.STANDARD)
    for name in ("eager", "openvino") if is_installed() else ("eager",):
        runs[name] = _backend_run(load_model(checkpoint), name, threads, task_table.STANDARD)
    runs[f"{auto.name}, one dense task + skeleton"] = _backend_run(
        load_model(checkpoint), auto.name, threads, ONE_TASK
    )
    if not quick:
        runs["torch.compile"] = rivals.torch_compile(load_model(checkpoint), task_table.STANDARD)
        onnx = rivals.onnx_runtime(load_model(checkpoint), task_table.STANDARD, clip)
        runs.update({"ONNX Runtime": onnx} if onnx else {})
    times = _interleaved(runs, _clips(repeats, (width, height)))
    return {
        "window": [5, height, width],
        "milliseconds": {name: quantiles(values) for name, values in times.items()},
        "lower_bound": lower_bounds(
            load_model(checkpoint),
            {"all tasks": task_table.STANDARD, "one dense task + skeleton": ONE_TASK},
            clip,
        ),
        "auto": auto.name,
        "auto_reason": auto.reason,
    }


def stream_speed(
    checkpoint: str,
    image: tuple[int, int],
    threads: int,
    windows: int,
    size: tuple[int, int] | None = None,
) -> dict:
    """Push frames through the engine with stride 4 and `emit: new`: frames covered per second.

    image: (width, height) of the camera; size: of the network, None = the checkpoint's; resizing
    both ways and following one person are included
    """
    config = EngineConfig(
        checkpoint,
        size=size,
        window=WindowPolicy(length=5, stride=4),
        emit="new",
        focus=False,
        backend=BackendChoice(threads=threads),
        scene=ScenePolicy(TrackPolicy(max_people=1)),
    )
    engine = Engine(config)
    engine.warm_up()
    frames = [
        Frame((1 + index) * _FRAME_NS, pixels)
        for index, pixels in enumerate(_clips(1, image, 4 * (windows + _WARM) + 1)[0])
    ]
    results, stages, begin = 0, [], 0.0
    for index, frame in enumerate(frames):
        if index == 4 * _WARM + 1:
            results, stages, begin = 0, [], time.perf_counter()
        found = engine.perceive(frame)
        results += len(found)
        stages += [seen.times for _, seen in found]
    seconds = time.perf_counter() - begin
    engine.close()
    return {
        "image": list(image),
        "network": list(engine.size),
        "covered_fps": round(results / seconds, 2),
        **{
            f"{stage}_ms": quantiles([getattr(times, stage) for times in stages])
            for stage in ("preprocess", "inference", "postprocess")
        },
    }


def _backend_run(model: Thfm, name: str, threads: int, tasks: tuple[str, ...]) -> Callable:
    backend = choose_backend(model, BackendChoice(name, threads=threads), tasks)
    return lambda clip: backend.run(clip, tasks)


def _interleaved(runs: dict[str, Callable], clips: np.ndarray) -> dict[str, list[float]]:
    """Time every run on every clip, one after the other: load from outside hits all alike."""
    for run in runs.values():
        for clip in clips[:_WARM]:
            run(clip)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for clip in clips:
        for name, run in runs.items():
            begin = time.perf_counter()
            run(clip)
            times[name].append(1e3 * (time.perf_counter() - begin))
    return times


def _clips(count: int, size: tuple[int, int], frames: int = 5) -> np.ndarray:
    shape = (count, frames, size[1], size[0], 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
