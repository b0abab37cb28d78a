# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO: the program compiled for this CPU. Optional; the CPU default where it is installed."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.base import BackendChoice
from thfm_ros.runtime.backends.parts import Branch, Encoder, GroupEncoder, Part, Trunk
from thfm_ros.runtime.cpu import has_fast_bfloat16
from thfm_ros.runtime.group_cache import GroupCache
from thfm_ros.runtime.program import Program

Arrays = tuple[np.ndarray, ...]


def is_installed() -> bool:
    """Whether the openvino package is there."""
    return find_spec("openvino") is not None


class OpenVinoBackend:
    """Compiles the program's parts, in bfloat16 where the CPU has it, else in float32.

    Any set of tasks is made of the same parts, so that nothing is compiled anew when subscribers
    come and go. Compiled parts are kept under XDG_CACHE_HOME/thfm_ros: a restart is quicker.
    """

    name = "openvino"
    problem = ""

    def __init__(
        self, model: Thfm, choice: BackendChoice, reason: str, tasks: tuple[str, ...], last: int
    ) -> None:
        import openvino
        from openvino.frontend import FrontEndManager
        from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

        self.precision = "bf16" if has_fast_bfloat16() else "f32"
        self.reason = f"{reason}, {self.precision}"
        self._openvino = openvino
        self._frontend = FrontEndManager().load_by_framework("pytorch")
        self._decoder = TorchScriptPythonDecoder
        self._core = openvino.Core()
        self._properties = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": self.precision,
        }
        if folder := _cache_folder():
            self._properties["CACHE_DIR"] = str(folder)
        if choice.threads:
            self._properties["INFERENCE_NUM_THREADS"] = choice.threads
        self._tasks = tasks
        self._program = Program(model.to("cpu", torch.float32), tasks, last)
        self._groups = GroupCache(self._encode_group) if model.codec.chunk_local else None
        self._requests: dict[tuple, Any] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    @property
    def state(self) -> str:
        """How many parts are compiled."""
        return f"{len(self._requests)} parts compiled"

    def prepare(self, shape: tuple[int, int, int, int]) -> None:
        """Compile every part that the tasks need; seconds, and less the next time."""
        self.run(np.zeros(shape, np.uint8), self._tasks)

    def run(
        self, clip: np.ndarray, tasks: tuple[str, ...], serials: Sequence[int] = ()
    ) -> dict[str, np.ndarray]:
        """Run some tasks on a clip, uint8 [T, H, W, 3]."""
        latents = self._encode(clip, serials)
        trunk = self._run("trunk", Trunk, latents)
        outputs: dict[str, np.ndarray] = {}
        for task in self._program.passes(tasks):
            name = f"branch {task}"
            results = self._run(name, Branch, latents, *trunk, task=task)
            outputs.update(zip(self._names[name], results, strict=True))
        # A part's results are views of buffers that its next run writes to.
        return {k: v.copy() for k, v in self._program.only(tasks, outputs).items()}

    def idle(self) -> None:
        """Nothing is ever put off."""

    def close(self) -> None:
        """Forget the compiled parts and the model."""
        self._requests.clear()
        self._program = self._groups = None

    def _encode(self, clip: np.ndarray, serials: Sequence[int]) -> np.ndarray:
        if self._groups is None:
            return self._run("encode", Encoder, clip)[0]
        if len(serials):
            return np.concatenate(self._groups.latents(clip, serials), 2)
        # A crop shares no frame with other windows, but the compiled part with them.
        alone = GroupCache(self._encode_group)
        return np.concatenate(alone.latents(clip, range(len(clip))), 2)

    def _encode_group(self, frames: np.ndarray) -> np.ndarray:
        return self._run("encode group", GroupEncoder, frames)[0].copy()

    def _run(self, name: str, kind: type[Part], *inputs: np.ndarray, **settings: Any) -> Arrays:
        """Run a part, compiled for these shapes when it is first needed."""
        key = (name, *(array.shape for array in inputs))
        if key not in self._requests:
            part = kind(self._program, **settings).eval()
            self._requests[key] = self._compile(part, inputs)
            self._names[name] = part.names
        results = self._requests[key].infer(list(inputs), share_inputs=True, share_outputs=True)
        return tuple(results.values())

    def _compile(self, part: Part, inputs: Arrays) -> Any:
        """Compile through OpenVINO's PyTorch frontend.

        Its `convert_model` does the same, but traces twice and sends telemetry.
        """
        example = tuple(torch.from_numpy(np.array(array)) for array in inputs)
        with torch.no_grad(), warnings.catch_warnings():
            # The tracer warns of branches on shapes; a part is for one shape.
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            traced = torch.jit.freeze(torch.jit.trace(part, example, check_trace=False))
            decoder = self._decoder(traced)  # the frontend does not keep it alive
            converted = self._frontend.convert(self._frontend.load(decoder))
        for port, array in zip(converted.inputs, inputs, strict=True):
            port.get_node().set_partial_shape(self._openvino.PartialShape(list(array.shape)))
            port.get_node().set_element_type(self._openvino.Type(array.dtype))
        converted.validate_nodes_and_infer_types()
        return self._core.compile_model(converted, "CPU", self._properties).create_infer_request()


def _cache_folder() -> Path | None:
    """Return the folder of compiled programs; None where there is no place to write to."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(root) / "thfm_ros" / "openvino"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
