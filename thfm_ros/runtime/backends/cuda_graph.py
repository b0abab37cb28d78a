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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.base import BackendChoice
from thfm_ros.runtime.backends.program import Program
from thfm_ros.runtime.backends.recording import Recording
from thfm_ros.tasks import DENSE

Key = tuple[tuple[str, ...], tuple[int, ...]]

_MAX_GRAPHS = 4
_PATIENCE = 10
"""How often a key is served eagerly before it is captured although frames wait."""
_TOLERANCE = 2e-2
_SHARE = 0.999
"""Of a map's numbers that must be within the tolerance: where random or empty parts of a picture
give a normal of almost no length, rounding turns it."""
_COMPILATIONS = 64
"""As many sets of tasks and shapes as may be compiled; dynamo's own 8 are soon used up."""
_log = logging.getLogger(__name__)


class CudaGraphBackend:
    """One graph per key (tasks, clip shape) in one memory pool, least recently used out first.

    A key that is new while frames come in is served eagerly until nobody waits: see `idle`.
    A graph whose replay differs from eager, or that cannot be captured, is not used: that key is
    served eagerly, and `problem` says so. One thread at a time calls it.
    """

    name = "cuda_graph"

    def __init__(
        self, model: Thfm, choice: BackendChoice, reason: str, tasks: tuple[str, ...], last: int
    ) -> None:
        index = choice.torch_device().index
        self._device = torch.device("cuda", torch.cuda.current_device() if index is None else index)
        self.device = str(self._device)
        self._tasks = tasks
        self._graphs: OrderedDict[Key, Recording] = OrderedDict()
        self._refused: dict[Key, str] = {}
        self._waiting: dict[Key, tuple[int, np.ndarray]] = {}
        # Every clip has one of two shapes: the quickest kernels are found once, while warming up.
        torch.backends.cudnn.benchmark = True
        with self._on_device():
            # Products of the transformer and of the codec; whatever is normalised stays float32.
            # A GPU before Ampere only emulates bfloat16.
            fast = torch.cuda.is_bf16_supported(including_emulation=False)
            dtype = torch.bfloat16 if fast else None
            self._stream = torch.cuda.Stream()
        self.reason = f"{reason}, {'bf16' if fast else 'f32'}"
        self._program = Program(model, tasks, last, dtype, self._device)
        self._recorded = self._program
        if choice.inductor:
            torch._dynamo.config.cache_size_limit = _COMPILATIONS
            options = {"triton.cudagraphs": False}
            self._recorded = torch.compile(self._program, dynamic=False, options=options)

    @property
    def state(self) -> str:
        """How many graphs are held, and which keys are served eagerly and why."""
        eager = dict.fromkeys(self._waiting, "captured when idle") | self._refused
        return "; ".join([f"{len(self._graphs)} graphs", *_served(eager)])

    @property
    def problem(self) -> str:
        """Which keys are served eagerly because they cannot be captured."""
        return "; ".join(_served(dict(self._refused)))

    def prepare(self, shape: tuple[int, int, int, int]) -> None:
        """Capture all tasks for a clip shape [T, H, W, 3]."""
        with self._on_device():
            self._capture((self._tasks, shape), np.zeros(shape, np.uint8))

    def idle(self) -> None:
        """Capture a key that waits for it."""
        if self._waiting:
            key, (_, clip) = self._waiting.popitem()
            with self._on_device():
                self._capture(key, clip)

    def run(
        self, clip: np.ndarray, tasks: tuple[str, ...], serials: Sequence[int] = ()
    ) -> dict[str, np.ndarray]:
        """Run some tasks on a clip, uint8 [T, H, W, 3]."""
        key = (tasks, clip.shape)
        with self._on_device():
            if key not in self._graphs and key not in self._refused:
                self._wait(key, clip)
            graph = self._graphs.get(key)
            if graph is None:
                return self._run_eagerly(clip, tasks)
            self._graphs.move_to_end(key)
            return graph.run(clip)

    def close(self) -> None:
        """Free the graphs, then the model; what others hold of the model goes to the host."""
        if self._program is None:
            return
        with self._on_device():
            torch.cuda.synchronize()
            self._graphs.clear()
            self._program.model.to("cpu")
            self._program = self._recorded = None
            # Else it would stay with this process, for its next model.
            torch.cuda.empty_cache()

    @contextmanager
    def _on_device(self) -> Iterator[None]:
        with torch.inference_mode(), torch.cuda.device(self._device):
            yield

    def _run_eagerly(self, clip: np.ndarray, tasks: tuple[str, ...]) -> dict[str, np.ndarray]:
        outputs = self._program(torch.from_numpy(clip).to(self._device), tasks)
        return {name: value.cpu().numpy() for name, value in outputs.items()}

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
        problem = self._try_capture(key, clip)
        if problem and self._graphs and _is_of_memory(problem):
            # Once more with all other graphs gone.
            self._graphs.clear()
            problem = self._try_capture(key, clip)
        if problem:
            self._refused[key] = problem
            _log.warning("no CUDA graph for %s: %s", "+".join(key[0]), problem)

    def _try_capture(self, key: Key, clip: np.ndarray) -> str:
        """Capture a key; return why that failed, "" where it is held now."""
        if not self._graphs:
            # torch frees a pool with its last graph, and does not take its handle again.
            self._pool = torch.cuda.graph_pool_handle()
        try:
            # On an image unlike the captured one. Eager goes first: its memory is free again when
            # the graph needs as much.
            other = 255 - clip
            eager = self._run_eagerly(other, key[0])
            graph = Recording(self._recorded, key[0], clip, self._pool, self._stream)
            replayed = graph.run(other)
        except Exception as error:  # of CUDA, of a compiler: eager goes on in any case
            # Of a stream whose capture broke off, nothing is promised.
            self._stream = torch.cuda.Stream()
            return _first_cause(error)
        error = max(difference(name, replayed[name], eager[name]) for name in eager)
        if not error <= _TOLERANCE:
            return f"replay differs from eager by {error:.3g}"
        self._graphs[key] = graph
        return ""


def difference(name: str, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return how far an output is from another run's: of maps almost the largest error.

    Of tokens the median: a landmark is where its heat map is highest, and of two cells that are
    equally high, rounding chooses. NaN where either has one.
    """
    error = np.abs(ours - theirs)
    return float(np.quantile(error, _SHARE) if name in DENSE else np.median(error))


def _served(eager: dict[Key, str]) -> list[str]:
    return [f"{'+'.join(key[0])} is eager: {why}" for key, why in eager.items()]


def _first_cause(error: BaseException) -> str:
    """Return what went wrong first: ending a capture that failed fails, too, and says less."""
    while error.__context__ is not None:
        error = error.__context__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]


def _is_of_memory(problem: str) -> bool:
    # Where a Jetson's driver has no NVML, torch fails while it composes its own message.
    return "out of memory" in problem or "NVML" in problem
