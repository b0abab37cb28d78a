# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node itself, live: the bag played over DDS at its own rate, the results captured.

Three processes (replay_node, perception_node, capture_node) and no ROS in this one.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.replay.results import read_results
from thfm_ros.evaluation.replay.subjects import Answer, depth_ratio, describe_engine
from thfm_ros.evaluation.replay.times import STAGES, quantiles
from thfm_ros.interfaces import RESULTS
from thfm_ros.model.shipped import RANDOM, config_of, find_checkpoint, weights_title
from thfm_ros.perception import InferenceTimes, Perception
from thfm_ros.processes import NodeProcess, ProcessError, wait_for
from thfm_ros.runtime.engine import EngineConfig

_NAMESPACE = "/thfm_evaluation"
_IMAGE = "/thfm_evaluation/camera/image"
_REMAPPED = [
    *("-r", f"__ns:={_NAMESPACE}", "-r", f"image:={_IMAGE}"),
    *("-r", f"camera_info:={_NAMESPACE}/camera/camera_info"),
]
_LAST_RESULTS_S = 60.0
_FATAL = "cannot configure"
"""What perception_node logs when it stays up without working."""


class LiveSubject:
    """perception_node in a process of its own, fed by the bag.

    mode: "latest", as on a robot, or "every", which drops nothing; rate: 2 = twice the bag's speed
    Raises ProcessError when a node does not start or ends early.
    """

    name = "thfm live"

    def __init__(self, config: EngineConfig, bag: Path, image: str, mode: str, rate: float) -> None:
        self.config, self.mode, self.rate = config, mode, rate
        self._bag, self._image = Path(bag).resolve(), image
        settings = config_of(config.checkpoint)
        self._depth, self._untrained = settings.depth, not settings.trained
        weights = weights_title(config.checkpoint)
        self.title = (
            f"{settings.name} ({weights}), live, mode {mode}, {rate:g} times the bag's rate"
        )
        self._latencies: list[float] = []
        self._arrivals: list[int] = []
        self._stats: object | None = None
        self._played = 0

    def answers(self, samples: Iterable[Sample]) -> Iterator[Answer]:
        """Play the whole bag, then yield what came back for each sample; None = no result."""
        with TemporaryDirectory() as folder:
            captured = Path(folder) / "results"
            self._play(captured, Path(folder))
            results = read_results(captured)
            newest = next(results, None)
            for sample in samples:
                self._played += 1
                stamp = sample.frame.stamp_ns
                while newest is not None and newest[0].stamp_ns < stamp:
                    newest = next(results, None)
                if newest is None or newest[0].stamp_ns != stamp:
                    yield sample, None, None
                    continue
                perception, seen_ns, arrived_ns, self._stats = newest
                self._latencies.append((arrived_ns - seen_ns) * 1e-6 if seen_ns else np.nan)
                self._arrivals.append(arrived_ns)
                yield sample, perception, None

    def ratio(self, perception: Perception) -> np.ndarray | None:
        """Undo the depth curve that the checkpoint paints with."""
        return depth_ratio(perception, self._depth)

    def milliseconds(self, times: list[InferenceTimes]) -> list[float]:
        """Return from the arrival of the image to the arrival of its last result, at capture."""
        return [value for value in self._latencies if np.isfinite(value)]

    def latency(self, times: list[InferenceTimes]) -> dict:
        """Return latency, its stages in the node, intervals between results, and what was lost."""
        known = self.milliseconds(times)
        if not known:
            return {}
        stages = {s: [getattr(one, s) for one in times] for s in ("queue", *STAGES)}
        table = {f"{name}_ms": quantiles(values) for name, values in stages.items()}
        table["total_ms"] = quantiles(known)
        if len(self._arrivals) > 1:
            gaps = np.diff(self._arrivals) * 1e-6
            table["interval_ms"] = quantiles(gaps.tolist())
            table["jitter_ms"] = round(float(gaps.std()), 3)
            table["results_per_second"] = round(1e3 / float(gaps.mean()), 3)
        answered = len(self._arrivals)
        return {
            **table,
            "frames_played": self._played,
            "frames_received": int(self._stats.frames_received),
            "frames_answered": answered,
            "drop_share": round(1 - answered / max(self._played, 1), 4),
        }

    def describe(self) -> dict:
        """Return the configuration that the node was given."""
        described = describe_engine(self.config, self._untrained, self.title)
        return {**described, "mode": self.mode, "rate": self.rate, "transport": "DDS, loopback"}

    def close(self) -> None:
        """Nothing to free: the processes ended with `answers`."""

    def _play(self, captured: Path, logs: Path) -> None:
        with contextlib.ExitStack() as stack:
            capture = start_capture(captured, _REMAPPED, logs, stack)
            perception = NodeProcess("perception_node", _REMAPPED, self._parameters(), logs, stack)
            source = {
                "source": str(self._bag),
                "image_topic": self._image,
                "rate": float(self.rate),
                "stamps": "source",
                "wait_for_subscribers": 2,
            }
            replay = NodeProcess("replay_node", _REMAPPED, source, logs, stack)
            wait_for(replay, (capture, perception), _FATAL)
            try:
                capture.process.wait(_LAST_RESULTS_S)
            except subprocess.TimeoutExpired as error:
                raise ProcessError("no result came back from perception_node") from error

    def _parameters(self) -> dict[str, object]:
        config = self.config
        width, height = config.size or (0, 0)
        return {
            "checkpoint": checkpoint_parameter(config.checkpoint),
            "tasks": config.tasks,
            "network.width": width,
            "network.height": height,
            "resize_mode": config.resize_mode,
            "window.length": config.window.length,
            "window.stride": config.window.stride,
            "window.max_gap_s": config.window.max_gap_s,
            "mode": self.mode,
            "emit": config.emit,
            "focus": config.focus,
            "backend": config.backend.backend,
            "device": config.backend.device,
            "threads": config.backend.threads,
            "min_score": config.min_score,
            "min_confidence": config.min_confidence,
        }


def checkpoint_parameter(setting: str) -> str:
    """Return a checkpoint setting as a node in another process has to be told of it."""
    folder = find_checkpoint(setting)
    return str(folder.resolve()) if folder else RANDOM


def start_capture(
    captured: Path,
    remapped: list[str],
    logs: Path,
    stack: contextlib.ExitStack,
    topics: Iterable[str] = RESULTS,
) -> NodeProcess:
    """Start the node that writes the results on some topics into a bag; see `read_results`."""
    values = {"out": str(captured), "topics": list(topics)}
    return NodeProcess("capture_node", remapped, values, logs, stack)
