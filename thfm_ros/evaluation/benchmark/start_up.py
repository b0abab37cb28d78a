# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long perception_node takes until it answers, with nothing compiled before, and again."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from thfm_ros.evaluation.benchmark.results import document
from thfm_ros.evaluation.replay.live import checkpoint_parameter
from thfm_ros.processes import NodeProcess, ProcessError

_WHAT = "one perception_node, from its process's start to being active; no camera yet"
_LINE = re.compile(r"\[(\d+\.\d+)\] \[[^]]*\]: (.*)")
_PARTS = {
    "python, rclpy and DDS": "loading libraries",
    "libraries and weights": "preparing backend",
    "backend": "configured",
    "activation": "active",
}
"""Name of a part of the start: the log line that ends it."""
_PATIENCE_S = 300.0
_IMPORTS = {
    "import of the node": "import thfm_ros.nodes.perception_node",
    "import of what it needs": "import thfm_ros.nodes.outputs, thfm_ros.nodes.settings; "
    "import thfm_ros.runtime.engine, openvino",
    "import of torch": "import torch",
    "import of torch and model": "import thfm_ros.model.thfm",
}


def measure_start(checkpoint: str, repeats: int = 3) -> dict:
    """Start a node with an empty cache, then some times more; ProcessError if it does not come up.

    Seconds by part, and CPU seconds of the process: those do not depend on who else computes.
    """
    with TemporaryDirectory() as folder, _cache_in(folder):
        rows = [{"name": "start, nothing compiled before", **_start(checkpoint, Path(folder))}]
        again = [_start(checkpoint, Path(folder)) for _ in range(repeats)]
        quickest = min(again, key=lambda found: found["cpu_s"])
        rows.append({"name": f"start again, the quickest of {repeats}", **quickest})
        rows += [{"name": name, **_import(code)} for name, code in _IMPORTS.items()]
    return document(_WHAT, rows)


def _start(checkpoint: str, out: Path) -> dict:
    parameters = {"checkpoint": checkpoint_parameter(checkpoint)}
    with contextlib.ExitStack() as stack:
        begin = time.time()
        node = NodeProcess("perception_node", ["-r", "__ns:=/thfm_start"], parameters, out, stack)
        watched, said, cpu = psutil.Process(node.process.pid), {}, 0.0
        while "active" not in " ".join(said):
            if node.ended() or time.time() - begin > _PATIENCE_S:
                raise ProcessError(f"perception_node: {node.last_line()}")
            time.sleep(0.02)
            times = watched.cpu_times()
            cpu = times.user + times.system
            said = dict(_lines(node.log))
        seconds, before = {}, begin
        for part, start in _PARTS.items():
            at = next(stamp for text, stamp in said.items() if text.startswith(start))
            seconds[part], before = round(at - before, 2), at
        total = round(before - begin, 2)
        return {"seconds": seconds, "milliseconds": {"p50": 1e3 * total}, "cpu_s": round(cpu, 2)}


def _lines(log: Path) -> Iterator[tuple[str, float]]:
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := _LINE.search(line):
            yield found[2], float(found[1])


def _import(code: str) -> dict:
    begin = time.perf_counter()
    before = os.times()
    subprocess.run([sys.executable, "-c", code], check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user
    total = 1e3 * (time.perf_counter() - begin)
    return {
        "milliseconds": {"p50": round(total, 1)},
        "cpu_s": round(cpu - before.children_system, 2),
    }


@contextlib.contextmanager
def _cache_in(folder: str) -> Iterator[None]:
    known = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = folder
    try:
        yield
    finally:
        if known is None:
            del os.environ["XDG_CACHE_HOME"]
        else:
            os.environ["XDG_CACHE_HOME"] = known
