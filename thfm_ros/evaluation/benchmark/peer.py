# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long a peer takes on the same frames, in turn with the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from thfm_ros import tasks as task_table
from thfm_ros.evaluation.peers.subject import PeerSubject
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.replay.subjects import EngineSubject
from thfm_ros.evaluation.replay.times import quantiles, stage_totals
from thfm_ros.media.video import read_frames
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.runtime.engine import EngineConfig
from thfm_ros.runtime.scene.scene import ScenePolicy
from thfm_ros.runtime.scene.tracking import TrackPolicy
from thfm_ros.runtime.stream.window import WindowPolicy

_WARM = 10
_SETS = {"the same tasks": ("mask", *task_table.SPARSE), "all tasks": task_table.STANDARD}
_WINDOWS = (5, 1)


@dataclass(frozen=True)
class PeerRace:
    """Who runs beside the engine, on what.

    peer:  "mediapipe"; python: the interpreter that has it, "" = see `PeerSubject`
    video: a file that shows one person: a peer that finds nobody looks for them in every frame
    """

    peer: str
    video: Path
    python: str = ""
    frames: int = 60


def race(plan: PeerRace, checkpoint: str, threads: int) -> dict:
    """Time every frame with the peer, with the engine doing the same tasks, and with it doing all.

    Each takes one frame at a time, in the same process order, so that load hits all alike; times
    are from pixels to results, transport to the peer's process left out.
    """
    frames = list(islice(read_frames(plan.video), _WARM + plan.frames))
    if len(frames) <= _WARM:
        raise ValueError(f"{plan.video} has {len(frames)} frames, needed are more than {_WARM}")
    peer = PeerSubject(plan.peer, plan.python)
    try:
        runs = {
            peer.title: peer,
            **{
                f"thfm, {what}, windows of {length}": EngineSubject(
                    _config(checkpoint, threads, tasks, length)
                )
                for what, tasks in _SETS.items()
                for length in _WINDOWS
            },
        }
        milliseconds = _in_turn(runs, [Sample(frame) for frame in frames])
    finally:
        peer.close()
    found = {name: quantiles(times[_WARM:]) for name, times in milliseconds.items()}
    theirs = found[peer.title]["p50"]
    return {
        "video": plan.video.name,
        "image": list(frames[0].size),
        "frames": len(frames) - _WARM,
        "milliseconds": found,
        "times_the_peers": {
            name: round(times["p50"] / max(theirs, 1e-9), 3) for name, times in found.items()
        },
    }


def _in_turn(runs: dict, samples: list[Sample]) -> dict[str, list[float]]:
    streams: dict[str, Iterator] = {name: run.answers(samples) for name, run in runs.items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in samples:
        for name, stream in streams.items():
            _, seen, _ = next(stream)
            times[name] += stage_totals([seen.times])
    return times


def _config(checkpoint: str, threads: int, tasks: tuple[str, ...], length: int) -> EngineConfig:
    return EngineConfig(
        checkpoint,
        tasks,
        window=WindowPolicy(length=length, stride=1),
        backend=BackendChoice(threads=threads),
        scene=ScenePolicy(TrackPolicy(max_people=1)),
    )
