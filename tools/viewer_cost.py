# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the live page costs: CPU seconds of the nodes without it, unwatched, and watched.

python tools/viewer_cost.py --json docs/data/viewer.json
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from thfm_ros.demo import sample_video
from thfm_ros.evaluation.benchmark.machine import describe_machine
from thfm_ros.processes import NodeProcess

_CAMERA = ["-r", "image:=/camera/image", "-r", "camera_info:=/camera/camera_info"]
_PORT = 19090
_READY_S = 240.0
_HEADLESS = (
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-port=0"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
)


def cpu_seconds(process: psutil.Process) -> float:
    """Return what a process and its children have used so far."""
    family = [process, *process.children(recursive=True)]
    return sum(p.cpu_times().user + p.cpu_times().system for p in family)


def share(nodes: dict[str, NodeProcess], seconds: float) -> dict[str, float]:
    """Return how many cores each node used over so many seconds."""
    processes = {name: psutil.Process(node.process.pid) for name, node in nodes.items()}
    before = {name: cpu_seconds(process) for name, process in processes.items()}
    time.sleep(seconds)
    return {
        name: round((cpu_seconds(process) - before[name]) / seconds, 4)
        for name, process in processes.items()
    }


def wait_for_line(node: NodeProcess, line: str) -> None:
    """Wait until a node has said something."""
    end = time.monotonic() + _READY_S
    while line not in node.log.read_text():
        if "cannot configure" in node.last_line() or node.ended() or time.monotonic() > end:
            raise SystemExit(f"{node.name}: {node.last_line()}")
        time.sleep(0.5)


def measure(seconds: float, out: Path) -> dict:
    """Run the nodes on the demo's clip, with skeletons recorded; measure three situations."""
    with contextlib.ExitStack() as stack:
        camera = {"source": str(sample_video()), "loop": True, "horizontal_fov_deg": 50.0}
        NodeProcess("replay_node", _CAMERA, camera, out, stack)
        thfm = ["-r", "__ns:=/thfm", *_CAMERA]
        nodes = {"perception_node": NodeProcess("perception_node", thfm, {}, out, stack)}
        wait_for_line(nodes["perception_node"], "active: waiting")
        time.sleep(5)
        results = {"without a viewer": share(nodes, seconds)}
        viewer = NodeProcess("viewer_node", thfm, {"port": _PORT}, out, stack)
        nodes["viewer_node"] = viewer
        time.sleep(10)
        results["a viewer that nobody watches"] = share(nodes, seconds)
        page = f"http://localhost:{_PORT}/?url=rerun%2Bhttp%3A%2F%2Flocalhost%3A{_PORT + 1}%2Fproxy"
        browser = subprocess.Popen(
            [shutil.which("chromium"), *_HEADLESS, f"--user-data-dir={out}", page],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for_line(viewer, "somebody watches")
            time.sleep(10)
            results["a viewer in one browser"] = share(nodes, seconds)
        finally:
            browser.kill()
        if "nobody watches any more" in viewer.log.read_text():
            raise SystemExit("the browser has gone")
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each situation")
    args = parser.parse_args()
    if not shutil.which("chromium"):
        raise SystemExit("chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        cores = measure(args.seconds, Path(folder))
    report = {"cores_used": cores, "seconds": args.seconds, "machine": describe_machine()}
    args.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(cores, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
