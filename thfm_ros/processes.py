# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes of this package in processes of their own, started and ended from Python without ROS."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_STOP_S = 15.0


class ProcessError(RuntimeError):
    """Why nodes could not be run, in one line."""


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
    raise ProcessError(f"config/{name} is in none of {[str(folder) for folder in folders]}")


def parameter_arguments(values: dict[str, object]) -> list[str]:
    """Return parameters as a node's command line takes them: as YAML, of which JSON is a part."""
    texts = {name: json.dumps(value) for name, value in values.items()}
    return [word for name, text in texts.items() for word in ("-p", f"{name}:={text}")]


def _without_ctrl_c() -> None:
    """Let a node's modules load undisturbed: it is ended anyway, and not by a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class NodeProcess:
    """One node in a process of its own, whose output goes to a log file unless it is not quiet.

    remappings: words as behind --ros-args; parameters: by name, plain values
    """

    def __init__(
        self,
        name: str,
        remappings: list[str],
        parameters: dict[str, object],
        out: Path,
        stack: contextlib.ExitStack,
        quiet: bool = True,
    ) -> None:
        self.name = name
        self.log = out / f"{name}.log"
        output = stack.enter_context(self.log.open("w", encoding="utf-8")) if quiet else None
        arguments = ["--ros-args", *remappings, *parameter_arguments(parameters)]
        command = [sys.executable, "-m", f"thfm_ros.nodes.{name}", *arguments]
        self.process = subprocess.Popen(
            command,
            env=environment(),
            stdout=output,
            stderr=subprocess.STDOUT if quiet else None,
            preexec_fn=_without_ctrl_c,
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
        lines = (
            self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            if self.log.exists()
            else []
        )
        return lines[-1] if lines else "it said nothing"


def wait_for(source: NodeProcess, others: tuple[NodeProcess, ...], fatal: str = "") -> None:
    """Wait until source ends; ProcessError if it fails or one of the others ends.

    fatal: words whose appearance in the others' logs is a failure, too; "" = none
    """
    while not source.ended():
        for node in others:
            if node.ended() or (fatal and fatal in node.last_line()):
                raise ProcessError(f"{node.name}: {node.last_line()}")
        time.sleep(0.1)
    if source.process.returncode != 0:
        raise ProcessError(source.last_line())
