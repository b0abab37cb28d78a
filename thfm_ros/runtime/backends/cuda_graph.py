# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CUDA graphs: the whole program recorded once per set of tasks, then replayed in one launch.

With `inductor`, what is recorded are the fused kernels of torch.compile, without its own graphs.

No GPU was at hand when this was written: the recipe is the documented one, everything recorded
passes `capture_check` on a CPU, and test/gpu waits for a machine. Its speed is not measured.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.base import BackendChoice
from thfm_ros.runtime.program import Program
from thfm_ros.tasks import DENSE

Key = tuple[tuple[str, ...], tuple[int, ...]]

_MAX_GRAPHS = 4
_PATIENCE = 10
"""How often a key is served eagerly before it is captured although frames wait."""
_WARM_UPS = 3
_TOLERANCE = 2e-2
_log = logging.getLogger(__name__)


class CudaGraphBackend:
    """One graph per key (tasks, clip shape) in one memory pool, least recently used out first.

    A key that is new while frames come in is served eagerly until nobody waits: see `idle`.
    A graph whose replay differs from eager, or that cannot be captured, is not used: that key is
    served eagerly, and `state` says so. All calls come from one thread, which owns the captures.
    """

    name = "cuda_graph"

    def __init__(
        self, model: Thfm, choice: BackendChoice, reason: str, tasks: tuple[str, ...], last: int
    ) -> None:
        self.reason = reason
        self._device = choice.torch_device()
        self._tasks = tasks
        # Products of the transformer and of the codec; whatever is normalised stays float32.
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
        self._program = Program(model.to(self._device), tasks, last, dtype)
        self._recorded = self._program
        if choice.inductor:
            options = {"triton.cudagraphs": False}
            self._recorded = torch.compile(self._program, dynamic=False, options=options)
        self._pool = torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream(self._device)
        self._graphs: OrderedDict[Key, _Graph] = OrderedDict()
        self._refused: dict[Key, str] = {}
        self._waiting: dict[Key, tuple[int, np.ndarray]] = {}

    @property
    def state(self) -> str:
        """How many graphs are held, and which keys are served eagerly and why."""
        eager = dict.fromkeys(self._waiting, "captured when idle") | self._refused
        served = [f"{'+'.join(key[0])} is eager: {why}" for key, why in eager.items()]
        return "; ".join([f"{len(self._graphs)} graphs", *served])

    def prepare(self, shape: tuple[int, int, int, int]) -> None:
        """Capture all tasks for a clip shape [T, H, W, 3]."""
        with torch.inference_mode():
            self._capture((self._tasks, shape), np.zeros(shape, np.uint8))

    @torch.inference_mode()
    def idle(self) -> None:
        """Capture a key that waits for it."""
        if self._waiting:
            key, (_, clip) = self._waiting.popitem()
            self._capture(key, clip)

    @torch.inference_mode()
    def run(
        self, clip: np.ndarray, tasks: tuple[str, ...], serials: Sequence[int] = ()
    ) -> dict[str, np.ndarray]:
        """Run some tasks on a clip, uint8 [T, H, W, 3]."""
        key = (tasks, clip.shape)
        if key not in self._graphs and key not in self._refused:
            self._wait(key, clip)
        graph = self._graphs.get(key)
        if graph is None:
            outputs = self._program(torch.from_numpy(clip).to(self._device), tasks)
            return {name: value.cpu().numpy() for name, value in outputs.items()}
        self._graphs.move_to_end(key)
        return graph.run(clip)

    def close(self) -> None:
        """Free the graphs, then the model."""
        torch.cuda.synchronize(self._device)
        self._graphs.clear()
        self._program = self._recorded = None

    def _wait(self, key: Key, clip: np.ndarray) -> None:
        served, _ = self._waiting.pop(key, (0, clip))
        if served < _PATIENCE:
            self._waiting[key] = served + 1, clip
        else:
            # Who never keeps up is never idle, and would be served slowly for ever.
            self._capture(key, clip)

    def _capture(self, key: Key, clip: np.ndarray) -> None:
        while len(self._graphs) >= _MAX_GRAPHS:
            self._graphs.popitem(last=False)
        try:
            graph = self._try_capture(key, clip)
        except torch.OutOfMemoryError:
            # Once more with all other graphs gone.
            self._graphs.clear()
            torch.cuda.empty_cache()
            try:
                graph = self._try_capture(key, clip)
            except RuntimeError as error:
                self._refuse(key, error)
                return
        except RuntimeError as error:
            self._refuse(key, error)
            return
        self._graphs[key] = graph

    def _try_capture(self, key: Key, clip: np.ndarray) -> _Graph:
        graph = _Graph(self._recorded, key[0], clip, self._pool, self._stream)
        error = graph.error(clip, self._program)
        if not error <= _TOLERANCE:
            raise RuntimeError(f"replay differs from eager by {error:.3g}")
        return graph

    def _refuse(self, key: Key, error: RuntimeError) -> None:
        self._refused[key] = str(error).splitlines()[0]
        _log.warning("no CUDA graph for %s: %s", "+".join(key[0]), self._refused[key])


class _Graph:
    """One recorded program with its fixed input and outputs, and its pinned input buffer."""

    def __init__(
        self,
        program: Program,
        tasks: tuple[str, ...],
        clip: np.ndarray,
        pool: tuple[int, int],
        stream: torch.cuda.Stream,
    ) -> None:
        self._tasks, self._stream = tasks, stream
        self._host_input = torch.from_numpy(clip).clone().pin_memory()
        self._input = self._host_input.to(stream.device)
        stream.wait_stream(torch.cuda.current_stream(stream.device))
        with torch.cuda.stream(stream):
            # Lazy initialisation and autotuning must be over before the recording.
            for _ in range(_WARM_UPS):
                program(self._input, tasks)
        stream.synchronize()
        self._graph = torch.cuda.CUDAGraph()
        # "thread_local": other threads of a ROS process may use CUDA meanwhile.
        with torch.cuda.graph(
            self._graph, pool=pool, stream=stream, capture_error_mode="thread_local"
        ):
            self._outputs = program(self._input, tasks)
        self._done = torch.cuda.Event()

    def run(self, clip: np.ndarray) -> dict[str, np.ndarray]:
        """Copy in, replay, copy out; the result is the caller's."""
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
        self._done.synchronize()
        return {name: value.numpy() for name, value in results.items()}

    def error(self, clip: np.ndarray, program: Program) -> float:
        """Return the largest difference of a replay to eager, on an image unlike the captured."""
        other = 255 - clip
        replayed = self.run(other)
        eager = program(torch.from_numpy(other).to(self._input.device), self._tasks)
        return max(
            difference(name, replayed[name], value.float().cpu().numpy())
            for name, value in eager.items()
        )


def difference(name: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return how far an output is from another run's: the largest error, of tokens the median.

    A landmark is where its heat map is highest; of two cells that are equally high, rounding
    chooses. NaN where either has one.
    """
    error = np.abs(ours - theirs)
    return float(error.max() if name in DENSE else np.median(error))
