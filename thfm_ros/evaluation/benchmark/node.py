# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node under load: camera, perception and listener in three processes, over DDS.

Keys have the names of NVIDIA's ros2_benchmark where they mean the same.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from thfm_ros.evaluation.replay.live import checkpoint_parameter, start_capture
from thfm_ros.evaluation.replay.times import quantiles
from thfm_ros.interfaces import RESULTS
from thfm_ros.media.bag_reader import BagReader
from thfm_ros.media.video import VideoWriter
from thfm_ros.processes import NodeProcess

_NAMESPACE = "/thfm_bench"
_IMAGE = f"{_NAMESPACE}/camera/image"
_REMAPPED = ["-r", f"__ns:={_NAMESPACE}", "-r", f"image:={_IMAGE}"]
_LOOP_FRAMES = 30
_FILM_FPS = 30
_SETTLE_S = 3.0
_SAMPLE_S = 1.0

EVERYTHING = tuple(RESULTS)
SKELETONS = ("keypoints2d", "keypoints3d", "stats")


@dataclass(frozen=True)
class NodeLoad:
    """What the node is put under.

    size: (width, height) of the camera; fps: its rate; seconds: how long
    network: (width, height) of the network; None = the checkpoint's
    topics: what is subscribed; "stats", of which the figures are made, must be among them
    One person is followed, and looked at once: what more costs depends on who is there, not on the
    node.
    """

    size: tuple[int, int]
    fps: float
    seconds: float
    checkpoint: str = ""
    stride: int = 1
    topics: tuple[str, ...] = EVERYTHING
    network: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if "stats" not in self.topics or not set(self.topics) <= set(EVERYTHING):
            raise ValueError(f"topics is {self.topics}, allowed are stats and any of {EVERYTHING}")


def measure_node(load: NodeLoad) -> dict:
    """Run one load. ProcessError when a node does not come up."""
    with TemporaryDirectory() as folder:
        out = Path(folder)
        film = _film(out / "camera.mp4", load.size)
        captured = out / "results"
        usage, memory = _run(load, film, captured, out)
        stats = _stats(captured)
    return {**_summary(load, stats), **_process_figures(usage, memory)}


def _run(load: NodeLoad, film: Path, captured: Path, logs: Path) -> tuple[list[float], list[float]]:
    """Play, and sample perception_node's CPU use (cores) and resident memory (MiB)."""
    usage, memory = [], []
    with contextlib.ExitStack() as stack:
        capture = start_capture(captured, _REMAPPED, logs, stack, load.topics)
        perception = NodeProcess("perception_node", _REMAPPED, _parameters(load), logs, stack)
        camera = {
            "source": str(film),
            "loop": True,
            "rate": load.fps / _FILM_FPS,
            "seconds": float(load.seconds),
            "wait_for_subscribers": 2,
        }
        replay = NodeProcess("replay_node", _REMAPPED, camera, logs, stack)
        watched = psutil.Process(perception.process.pid)
        watched.cpu_percent()
        while not replay.ended() and not perception.ended():
            time.sleep(_SAMPLE_S)
            usage.append(watched.cpu_percent() / 100)
            memory.append(watched.memory_info().rss / 2**20)
        time.sleep(_SETTLE_S)
        for node in (replay, capture, perception):
            node.stop()
    return usage, memory


def _summary(load: NodeLoad, stats: list) -> dict:
    late = stats[len(stats) // 5 :]
    if not late:
        return {"load": _describe(load), "results": 0}
    overhead = [one.age_ms - one.inference_ms for one in late if np.isfinite(one.age_ms)]
    received, dropped = late[-1].frames_received, late[-1].frames_dropped
    stages = ("queue", "preprocess", "inference", "postprocess", "publish", "age")
    return {
        "load": _describe(load),
        "results": len(stats),
        "MEAN_FRAME_RATE": _rate(late),
        "NUM_MISSED_FRAMES": int(dropped),
        "MEAN_PLAYBACK_FRAME_RATE": load.fps,
        "frames_received": int(received),
        "loss_share": round(dropped / max(received, 1), 4),
        "node_overhead_ms": quantiles(overhead) if overhead else {},
        **{
            f"{stage}_ms": quantiles([getattr(one, f"{stage}_ms") for one in late])
            for stage in stages
        },
    }


def _process_figures(usage: list[float], memory: list[float]) -> dict:
    """Average the second half: start-up is not the load."""
    half = len(usage) // 2
    if not usage[half:]:
        return {}
    return {
        "MEAN_OVERALL_CPU_UTILIZATION_cores": round(float(np.mean(usage[half:])), 3),
        "memory_mib": round(memory[-1], 1),
        "memory_drift_mib": round(memory[-1] - memory[half], 1),
    }


def _stats(captured: Path) -> list:
    with BagReader(captured) as bag:
        return [message for _, _, message in bag.messages(["stats"])]


def _rate(stats: list) -> float:
    stamps = [one.header.stamp.sec + one.header.stamp.nanosec * 1e-9 for one in stats]
    return round((len(stamps) - 1) / (stamps[-1] - stamps[0]), 2) if len(stamps) > 1 else 0.0


def _describe(load: NodeLoad) -> dict:
    return {
        "image": list(load.size),
        "network": list(load.network) if load.network else "the checkpoint's",
        "fps": load.fps,
        "seconds": load.seconds,
        "stride": load.stride,
        "topics": list(load.topics),
    }


def _parameters(load: NodeLoad) -> dict[str, object]:
    width, height = load.network or (0, 0)
    return {
        "checkpoint": checkpoint_parameter(load.checkpoint),
        "network.width": width,
        "network.height": height,
        "people.max": 1,
        "focus": False,
        "window.stride": load.stride,
        "emit": "new" if load.stride > 1 else "newest",
    }


def _film(path: Path, size: tuple[int, int]) -> Path:
    """Write a second of a moving pattern: what is seen costs nothing, how much of it does."""
    writer = VideoWriter(path)
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    for index in range(_LOOP_FRAMES):
        red = (columns + 8 * index) % 256
        image = np.stack([red, (rows + 4 * index) % 256, (columns + rows) % 256], -1)
        writer.write(image.astype(np.uint8), index * 1_000_000_000 // _FILM_FPS)
    writer.close()
    return path
