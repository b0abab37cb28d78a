# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One program, recorded as a CUDA graph, with its input and output buffers."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from thfm_ros.runtime.backends.program import Outputs

_WARM_UPS = 3
"""Runs before the recording: lazy initialisation and autotuning must be over."""


class Recording:
    """A program for one set of tasks and one clip shape, captured once and replayed.

    Made and used under `torch.inference_mode` and `torch.cuda.device` of the stream's device, by
    one thread at a time. Any exception of CUDA or of the program may come out of the constructor.

    pool: memory that recordings share which never run at the same time
    seconds: what warming up and capturing took
    """

    def __init__(
        self,
        program: Callable[[torch.Tensor, tuple[str, ...]], Outputs],
        tasks: tuple[str, ...],
        clip: np.ndarray,
        pool: tuple[int, int],
        stream: torch.cuda.Stream,
    ) -> None:
        begin = time.perf_counter()
        self._stream = stream
        self._host_input = torch.from_numpy(np.ascontiguousarray(clip)).clone().pin_memory()
        self._input = self._host_input.to(stream.device)
        stream.wait_stream(torch.cuda.current_stream())
        # torch.cuda.graph sets the stream, too, but when a capture fails it does not set it back.
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UPS):
                program(self._input, tasks)
            stream.synchronize()
            self._graph = torch.cuda.CUDAGraph()
            with _no_garbage_collection():
                self._outputs = self._capture(program, tasks, pool)
        # Whoever waits sleeps: a thread that spins would take a core from the robot.
        self._done = torch.cuda.Event(blocking=True)
        self.seconds = time.perf_counter() - begin

    def _capture(
        self, program: Callable, tasks: tuple[str, ...], pool: tuple[int, int]
    ) -> dict[str, torch.Tensor]:
        # "thread_local": other threads of a ROS process may use CUDA meanwhile.
        with torch.cuda.graph(
            self._graph, pool=pool, stream=self._stream, capture_error_mode="thread_local"
        ):
            outputs = program(self._input, tasks)
            # Else each copy to the host would first make a contiguous one, outside the graph.
            return {name: value.contiguous() for name, value in outputs.items()}

    def run(self, clip: np.ndarray) -> dict[str, np.ndarray]:
        """Copy in, replay, copy out; the result is the caller's."""
        results = self.launch(clip)
        self._done.synchronize()
        return {name: value.numpy() for name, value in results.items()}

    def launch(self, clip: np.ndarray) -> dict[str, torch.Tensor]:
        """Queue a run and return at once; the results are there when `run` would return."""
        self._host_input.numpy()[...] = clip
        # Fresh pinned memory, which torch's host allocator takes from what earlier callers have
        # dropped: whoever still reads an older result does not see it change.
        results = {
            name: torch.empty(value.shape, dtype=value.dtype, pin_memory=True)
            for name, value in self._outputs.items()
        }
        with torch.cuda.stream(self._stream):
            self._input.copy_(self._host_input, non_blocking=True)
            self._graph.replay()
            for name, value in self._outputs.items():
                results[name].copy_(value, non_blocking=True)
            self._done.record()
        return results

    def wait(self) -> None:
        """Wait for what `launch` queued."""
        self._done.synchronize()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep Python from collecting: what it finds may own memory or graphs of the device.

    Freeing those is not permitted to a thread that captures.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
