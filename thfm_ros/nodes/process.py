# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node as a process: start, spin, and an end without a traceback."""

from __future__ import annotations

import atexit
import faulthandler
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from itertools import takewhile
from typing import NoReturn

import rclpy
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from thfm_ros.shared_memory import fit_profile, forget_profile

_WAKE_S = 0.5
_PATIENCE_S = 3.0
_THREADS = 2
"""One for transitions, which may take as long as a compiler, one for everything else."""


@contextmanager
def ros(args: list[str] | None) -> Iterator[threading.Event]:
    """Initialise rclpy; yield an event that SIGINT, SIGTERM and a shutdown from elsewhere set.

    What is wrong with the arguments ends the process with a line and 1.

    rclpy's own handlers would make the context invalid at once, under the feet of who publishes.
    """
    stop = threading.Event()
    fit_profile()
    given = sys.argv[1:] if args is None else args
    # ROS takes NAME:=VALUE here as a remapping of a topic, and says so in a warning only.
    if others := list(takewhile(lambda word: word != "--ros-args", given)):
        sys.exit(f"cannot start: {others} mean nothing; parameters are --ros-args -p NAME:=VALUE")
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:
        # A file of parameters that is not there, or no YAML; an argument that ROS does not know.
        sys.exit(f"cannot start: {error}")
    rclpy.get_default_context().on_shutdown(stop.set)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        rclpy.try_shutdown()
        atexit.register(_let_go)


def _let_go() -> None:
    """Free nothing more: torch's objects, one by one, would keep the process alive for seconds."""
    # Fast DDS may wait for a peer that was killed (its issues 6193, 6484): nobody waits for us.
    faulthandler.dump_traceback_later(_PATIENCE_S, exit=True)
    gc.freeze()


def leave(status: int) -> NoReturn:
    """End the process now, without a destructor: those of torch and OpenVINO may take seconds.

    What has to be closed, written or published is so already; threads may still compute.
    """
    forget_profile()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def spin(
    node: Node,
    stop: threading.Event,
    first: Callable[[], object] = lambda: None,
    *,
    patience_s: float | None = None,
) -> None:
    """Run the node's callbacks until stop is set; an exception of a callback is raised here.

    The callbacks run on threads of their own, so that a signal is noticed without waiting for one.
    Those of different callback groups wait for one another no more than for `first`.

    first:      what takes long, done beside them, so that services are answered meanwhile
    patience_s: for what still runs when stop is set; None = as long as it takes. Then the process
                ends at once, with 0: a compiler cannot be interrupted, and of all that is there,
                only the node's shared memory would outlive the process
    """
    executor = MultiThreadedExecutor(_THREADS)
    executor.add_node(node)
    with ThreadPoolExecutor(3, "executor") as pool:
        spinning = pool.submit(_spin_until, stop, executor)
        working = pool.submit(first)
        spinning.add_done_callback(lambda _: stop.set())
        working.add_done_callback(lambda done: done.exception() and stop.set())
        stop.wait()
        executor.wake()
        spinning.result()
        # Only now: an executor that is shut down while it waits may raise. It lets go of the node,
        # whose shared memory it would keep, before it waits for what runs.
        closing = pool.submit(executor.shutdown)
        if wait((working, closing), patience_s).not_done:
            node.destroy_node()
            leave(0)
        working.result()


def _spin_until(stop: threading.Event, executor: MultiThreadedExecutor) -> None:
    with suppress(ExternalShutdownException):
        while not stop.is_set():
            executor.spin_once(timeout_sec=_WAKE_S)
