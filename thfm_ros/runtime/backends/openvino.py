# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO: the program compiled for this CPU. Optional; the CPU default where it is installed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from thfm_ros.cpu import has_fast_bfloat16
from thfm_ros.model.config import ThfmConfig
from thfm_ros.model.passes import asked_for, passes
from thfm_ros.runtime.backends.group_cache import GroupCache
from thfm_ros.runtime.backends.part_store import PartStore

if TYPE_CHECKING:
    from thfm_ros.model.thfm import Thfm
    from thfm_ros.runtime.backends.base import BackendChoice
    from thfm_ros.runtime.backends.parts import Part
    from thfm_ros.runtime.backends.program import Program

Arrays = tuple[np.ndarray, ...]


def is_installed() -> bool:
    """Whether the openvino package is there."""
    return find_spec("openvino") is not None


def precision() -> str:
    """What products are rounded to on this CPU."""
    return "bf16" if has_fast_bfloat16() else "f32"


def part_store(setting: str, choice: BackendChoice, tasks: tuple[str, ...], last: int) -> PartStore:
    """Return where the parts of a setting's weights are kept."""
    return PartStore(setting, (choice.backend, precision(), choice.threads, tasks, last))


@dataclass(frozen=True)
class _Compiled:
    """A part that runs, and the names of what it gives."""

    request: Any
    names: tuple[str, ...]


class OpenVinoBackend:
    """Compiles the program's parts, in bfloat16 where the CPU has it, else in float32.

    Any set of tasks is made of the same parts, so that nothing is compiled anew when subscribers
    come and go. Parts that the store has are taken from there; the model is loaded, and torch with
    it, when the first one is missing.

    load: makes the model that `config` is of; store: None = keep nothing
    """

    name = "openvino"
    device = "cpu"
    problem = ""

    def __init__(
        self,
        load: Callable[[], Thfm],
        config: ThfmConfig,
        choice: BackendChoice,
        reason: str,
        tasks: tuple[str, ...],
        last: int,
        store: PartStore | None = None,
    ) -> None:
        import openvino

        self.precision = precision()
        self.reason = f"{reason}, {self.precision}"
        self._openvino = openvino
        self._core = openvino.Core()
        self._properties = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": self.precision,
        }
        if choice.threads:
            self._properties["INFERENCE_NUM_THREADS"] = choice.threads
        self._load, self._config, self._store = load, config, store
        self._tasks, self._last = tasks, last
        self._program: Program | None = None
        self._groups = GroupCache(self._encode_group) if config.codec.in_groups else None
        self._parts: dict[tuple, _Compiled] = {}
        self._stored = 0

    @property
    def state(self) -> str:
        """How many parts are compiled."""
        return f"{len(self._parts)} parts compiled, {self._stored} of them before"

    def prepare(self, shape: tuple[int, int, int, int]) -> None:
        """Compile every part that the tasks need; seconds, and less the next time."""
        self.run(np.zeros(shape, np.uint8), self._tasks)

    def run(
        self, clip: np.ndarray, tasks: tuple[str, ...], serials: Sequence[int] = ()
    ) -> dict[str, np.ndarray]:
        """Run some tasks on a clip, uint8 [T, H, W, 3]."""
        latents = self._encode(clip, serials)
        _, trunk = self._run("trunk", latents)
        outputs: dict[str, np.ndarray] = {}
        for task in passes(self._config, tasks):
            names, results = self._run(f"branch {task}", latents, *trunk)
            outputs.update(zip(names, results, strict=True))
        # A part's results are views of buffers that its next run writes to.
        return {k: v.copy() for k, v in asked_for(tasks, outputs).items()}

    def idle(self) -> None:
        """Nothing is ever put off."""

    def close(self) -> None:
        """Forget the compiled parts and the model."""
        self._parts.clear()
        self._program = self._groups = None

    def _encode(self, clip: np.ndarray, serials: Sequence[int]) -> np.ndarray:
        if self._groups is None:
            return self._run("encode", clip)[1][0]
        if len(serials):
            return np.concatenate(self._groups.latents(clip, serials), 2)
        # A crop shares no frame with other windows, but the compiled part with them.
        alone = GroupCache(self._encode_group)
        return np.concatenate(alone.latents(clip, range(len(clip))), 2)

    def _encode_group(self, frames: np.ndarray) -> np.ndarray:
        return self._run("encode group", frames)[1][0].copy()

    def _run(self, name: str, *inputs: np.ndarray) -> tuple[tuple[str, ...], Arrays]:
        """Run a part, compiled for these shapes when it is first needed."""
        key = (name, *(array.shape for array in inputs))
        if key not in self._parts:
            self._parts[key] = self._from_store(key) or self._compile(key, inputs)
        part = self._parts[key]
        results = part.request.infer(list(inputs), share_inputs=True, share_outputs=True)
        return part.names, tuple(results.values())

    def _from_store(self, key: tuple) -> _Compiled | None:
        found = self._store.load(repr(key)) if self._store is not None else None
        if found is None:
            return None
        about, compiled = found
        try:
            model = self._core.import_model(compiled, "CPU", self._properties)
        except RuntimeError:  # of a version that cannot read it, after all
            return None
        self._stored += 1
        return _Compiled(model.create_infer_request(), tuple(about["names"]))

    def _compile(self, key: tuple, inputs: Arrays) -> _Compiled:
        part = self._build(key[0]).eval()
        model = self._core.compile_model(self._convert(part, inputs), "CPU", self._properties)
        if self._store is not None:
            self._store.save(repr(key), {"names": part.names}, model.export_model().getvalue())
        return _Compiled(model.create_infer_request(), part.names)

    def _build(self, name: str) -> Part:
        import torch

        from thfm_ros.runtime.backends.parts import Branch, Encoder, GroupEncoder, Trunk
        from thfm_ros.runtime.backends.program import Program

        if self._program is None:
            self._program = Program(self._load().to("cpu", torch.float32), self._tasks, self._last)
        if name.startswith("branch "):
            return Branch(self._program, name.removeprefix("branch "))
        kinds = {"encode": Encoder, "encode group": GroupEncoder, "trunk": Trunk}
        return kinds[name](self._program)

    def _convert(self, part: Part, inputs: Arrays) -> Any:
        """Bring a part to OpenVINO through its PyTorch frontend.

        Its `convert_model` does the same, but traces twice and sends telemetry.
        """
        import torch
        from openvino.frontend import FrontEndManager
        from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

        frontend = FrontEndManager().load_by_framework("pytorch")
        example = tuple(torch.from_numpy(np.array(array)) for array in inputs)
        with torch.no_grad(), warnings.catch_warnings():
            # The tracer warns of branches on shapes; a part is for one shape.
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            for kind in (DeprecationWarning, FutureWarning):  # of torch.jit, which it needs
                warnings.simplefilter("ignore", kind)
            traced = torch.jit.freeze(torch.jit.trace(part, example, check_trace=False))
            decoder = TorchScriptPythonDecoder(traced)  # the frontend does not keep it alive
            converted = frontend.convert(frontend.load(decoder))
        for port, array in zip(converted.inputs, inputs, strict=True):
            port.get_node().set_partial_shape(self._openvino.PartialShape(list(array.shape)))
            port.get_node().set_element_type(self._openvino.Type(array.dtype))
        converted.validate_nodes_and_infer_types()
        return converted
