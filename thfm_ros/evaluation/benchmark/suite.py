# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm bench`: windows, engine and node in one run, as one table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import product

from thfm_ros.evaluation.benchmark.node import SKELETONS, NodeLoad, measure_node
from thfm_ros.evaluation.benchmark.peer import PeerRace, race
from thfm_ros.evaluation.benchmark.results import document
from thfm_ros.evaluation.benchmark.windows import stream_speed, window_times
from thfm_ros.model.shipped import weights_title
from thfm_ros.runtime.memory import keep_freed_memory

_WHAT = "windows turn by turn, the engine on a stream, and the node under load"
_CAMERAS = ((640, 480), (1280, 720))
_RATES = (10.0, 30.0)
_MOST_LOSS = 0.05
_RAMP = (5.0, 10.0, 15.0, 20.0, 30.0, 60.0)


@dataclass(frozen=True)
class SuitePlan:
    """What to measure.

    quick:   less than two minutes: few repeats, one camera, no slow rivals
    minutes: of 30 fps for the memory figure; 0 = skip it
    peer:    who else is timed on a video; None = nobody
    """

    checkpoint: str = ""
    size: tuple[int, int] | None = None
    threads: int = 0
    quick: bool = False
    minutes: float = 0.0
    peer: PeerRace | None = None


def run_suite(plan: SuitePlan) -> dict:
    """Measure; without rclpy the node is left out and its keys are None."""
    # As perception_node does for itself.
    keep_freed_memory()
    windows = window_times(
        plan.checkpoint, plan.size, plan.threads, 10 if plan.quick else 50, plan.quick
    )
    times = windows["milliseconds"]
    backend = times[windows["auto"]]["p50"]
    cameras = _CAMERAS[:1] if plan.quick else _CAMERAS
    streams = [
        stream_speed(plan.checkpoint, camera, plan.threads, 5 if plan.quick else 20, plan.size)
        for camera in cameras
    ]
    nodes = _nodes(plan) if find_spec("rclpy") else []
    overhead = [node.get("node_overhead_ms", {}).get("p50") for node in nodes] or [None, None]
    peer = race(plan.peer, plan.checkpoint, plan.threads) if plan.peer else None
    return document(
        _WHAT,
        _rows(windows, streams, nodes, peer),
        checkpoint=weights_title(plan.checkpoint),
        backend=windows["auto"],
        backend_p50_ms=backend,
        eager_ratio=round(times["eager diffusers"]["p50"] / backend, 3),
        covered_fps=streams[0]["covered_fps"],
        node_overhead_p50_ms=overhead[0],
        node_overhead_skeletons_p50_ms=overhead[1],
        windows=windows,
        streams=streams,
        nodes=nodes,
        **_peak(plan, nodes),
        peer=peer,
    )


def _rows(windows: dict, streams: list[dict], nodes: list[dict], peer: dict | None) -> list[dict]:
    """Name every timing, as other documents of `thfm bench` do."""
    frames, height, width = windows["window"]
    shape = f"{width}x{height}, {frames} frames"
    rows = [
        {"name": f"window, {shape}, {name}", "milliseconds": times}
        for name, times in windows["milliseconds"].items()
    ]
    for stream in streams:
        name = "engine, {}x{}, stride 4".format(*stream["image"])
        rows.append({"name": name, "milliseconds": stream["inference_ms"]})
    for node in nodes:
        load = node["load"]
        name = "node, {}x{}, {:g} fps, stride {}, {} topics, stamp to publish".format(
            *load["image"], load["fps"], load["stride"], len(load["topics"])
        )
        rows.append({"name": name, "milliseconds": node.get("age_ms", {})})
    for name, times in (peer or {}).get("milliseconds", {}).items():
        rows.append({"name": f"peer, {name}", "milliseconds": times})
    return rows


def table(figures: dict) -> str:
    """Return the figures as lines to read."""
    lines = [f"window {figures['windows']['window']} (frames, height, width), milliseconds:"]
    for name, times in figures["windows"]["milliseconds"].items():
        lines.append(f"  {name:36s} p50 {times['p50']:8.1f}   p95 {times['p95']:8.1f}")
    for name, bound in figures["windows"]["lower_bound"].items():
        lines.append(
            f"  at least, {name}: {bound['bound_ms']} ms ({bound['gflop']} GFLOP at "
            f"{bound['gflop_per_s']} GFLOP/s)"
        )
    for stream in figures["streams"]:
        width, height = stream["image"]
        lines.append(f"engine {width}x{height}, stride 4, every frame: {stream['covered_fps']} fps")
    for node in figures["nodes"]:
        load, overhead = node["load"], node.get("node_overhead_ms", {})
        width, height = load["image"]
        lines.append(
            f"node {width}x{height} at {load['fps']:g} fps, {len(load['topics'])} topics: "
            f"{node.get('MEAN_FRAME_RATE', 0)} "
            f"results/s, age p50 {node.get('age_ms', {}).get('p50')} ms, "
            f"without inference {overhead.get('p50')} ms"
        )
    if figures["peer"]:
        lines.append(f"one frame of {figures['peer']['video']}, milliseconds, times the peer's:")
        for name, times in figures["peer"]["milliseconds"].items():
            ratio = figures["peer"]["times_the_peers"][name]
            lines.append(
                f"  {name:36s} p50 {times['p50']:8.1f}   p95 {times['p95']:8.1f}   x {ratio:.2f}"
            )
    return "\n".join(lines)


def _nodes(plan: SuitePlan) -> list[dict]:
    """Put the node under loads: first everything subscribed, then skeletons alone."""
    seconds = 10.0 if plan.quick else 30.0
    first = NodeLoad(_CAMERAS[0], _RATES[0], seconds, plan.checkpoint, network=plan.size)
    loads = [first, replace(first, topics=SKELETONS)]
    if not plan.quick:
        loads += [
            replace(first, size=camera, fps=rate)
            for camera, rate in product(_CAMERAS, _RATES)
            if (camera, rate) != (first.size, first.fps)
        ]
    if plan.minutes:
        loads.append(replace(first, fps=30.0, seconds=60.0 * plan.minutes))
    return [measure_node(load) for load in loads]


def _peak(plan: SuitePlan, nodes: list[dict]) -> dict:
    """Raise the rate, stride 4, until more than one frame in twenty is lost."""
    if plan.quick or not nodes:
        return {}
    ramp = []
    for rate in _RAMP:
        load = NodeLoad(_CAMERAS[0], rate, 15.0, plan.checkpoint, stride=4, network=plan.size)
        ramp.append(measure_node(load))
        if not ramp[-1].get("loss_share", 1.0) <= _MOST_LOSS:
            break
    held = [node["load"]["fps"] for node in ramp if node.get("loss_share", 1.0) <= _MOST_LOSS]
    return {"peak_fps": max(held, default=0.0), "ramp": ramp}
