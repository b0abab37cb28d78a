# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rerun's server of web pages, as a process of its own, and how many browsers look at it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil

MISSING = "the viewer needs rerun-sdk: pip install rerun-sdk"
_MEMORY = "64MB"
_PR_SET_PDEATHSIG = 1


class ViewerServer:
    """Serves the page on one port and the data on the next; both bind to `host` only.

    Raises ValueError where rerun-sdk is not installed or a port is taken.
    """

    def __init__(self, host: str, port: int) -> None:
        found = importlib.util.find_spec("rerun_cli")
        if found is None:
            raise ValueError(MISSING)
        self._port, self._data_port = port, port + 1
        program = Path(found.origin).parent / "rerun"
        command = [
            *(str(program), "--serve-web", "--bind", host),
            *("--web-viewer-port", str(self._port), "--port", str(self._data_port)),
            # What a browser that comes late is told of: little, and the newest first.
            *("--server-memory-limit", _MEMORY, "--newest-first"),
        ]
        for taken in (self._port, self._data_port):
            if _is_served(taken):
                raise ValueError(f"port is {port}, but {taken} is taken; choose another")
        # Nothing about its use leaves this machine.
        environment = dict(os.environ, DO_NOT_TRACK="1", RERUN_ANALYTICS="off")
        self._process = psutil.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,
        )

    @property
    def data_url(self) -> str:
        """Where the data goes."""
        return f"rerun+http://127.0.0.1:{self._data_port}/proxy"

    @property
    def page(self) -> str:
        """What to open in a browser."""
        data = quote(f"rerun+http://localhost:{self._data_port}/proxy", safe="")
        return f"http://localhost:{self._port}/?url={data}"

    @property
    def forwarding(self) -> str:
        """The options of ssh that bring the page to another machine."""
        ports = (self._port, self._data_port)
        return " ".join(f"-L {port}:localhost:{port}" for port in ports)

    def watchers(self) -> int:
        """Return how many connections read the data, this process's own aside."""
        ours = {
            connection.laddr.port
            for connection in psutil.Process().net_connections("tcp")
            if connection.raddr and connection.raddr.port == self._data_port
        }
        return sum(
            connection.status == psutil.CONN_ESTABLISHED
            and connection.laddr.port == self._data_port
            and connection.raddr.port not in ours
            for connection in self._process.net_connections("tcp")
        )

    def has_ended(self) -> bool:
        """Whether the server is gone."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def _end_with_parent() -> None:
    """Let the kernel end this child when its parent ends, however that does (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _is_served(port: int) -> bool:
    return any(
        connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        for connection in psutil.net_connections("tcp")
    )
