# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""OpenVINO: the program compiled for this CPU. Optional; the CPU default where it is installed."""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.base import BackendChoice
from thfm_ros.runtime.cpu import has_fast_bfloat16
from thfm_ros.runtime.program import Program

_MAX_PROGRAMS = 4


def is_installed() -> bool:
    """Whether the openvino package is there."""
    return find_spec("openvino") is not None


class OpenVinoBackend:
    """Compiles one program per set of tasks and clip shape, in bfloat16 where the CPU has it.

    Compiled programs are kept on disk under XDG_CACHE_HOME/thfm_ros, so that a restart is quick.
    """

    name = "openvino"

    def __init__(self, model: Thfm, choice: BackendChoice, reason: str) -> None:
        import openvino

        self.precision = "bf16" if has_fast_bfloat16() else "f32"
        self.reason = f"{reason}, {self.precision}"
        self._openvino = openvino
        self._core = openvino.Core()
        self._model = model.to("cpu", torch.float32)
        self._properties = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": self.precision,
            "CACHE_DIR": str(_cache_folder()),
        }
        if choice.threads:
            self._properties["INFERENCE_NUM_THREADS"] = choice.threads
        self._requests: dict[tuple, tuple] = {}

    def run(self, clip: np.ndarray, tasks: tuple[str, ...]) -> dict[str, np.ndarray]:
        """Run the tasks on a clip, uint8 [T, H, W, 3]."""
        names, request = self._request(clip, tasks)
        results = request.infer([clip], share_inputs=True, share_outputs=False)
        return {name: np.asarray(results[index]) for index, name in enumerate(names)}

    def close(self) -> None:
        """Forget the compiled programs and the model."""
        self._requests.clear()
        self._model = None

    def _request(self, clip: np.ndarray, tasks: tuple[str, ...]) -> tuple:
        key = (tasks, clip.shape)
        if key not in self._requests:
            while len(self._requests) >= _MAX_PROGRAMS:
                self._requests.pop(next(iter(self._requests)))
            self._requests[key] = self._compile(clip, tasks)
        return self._requests[key]

    def _compile(self, clip: np.ndarray, tasks: tuple[str, ...]) -> tuple:
        program = _Tuple(Program(self._model, tasks)).eval()
        example = torch.from_numpy(clip)
        with torch.no_grad(), warnings.catch_warnings():
            # The tracer warns of branches on shapes; one program is for one shape.
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            names = tuple(program.program(example))
            converted = self._openvino.convert_model(
                program, example_input=example, input=[list(clip.shape)]
            )
        compiled = self._core.compile_model(converted, "CPU", self._properties)
        return names, compiled.create_infer_request()


class _Tuple(nn.Module):
    """Gives a program's outputs in order: the converter takes no dictionaries."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program

    def forward(self, clip: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.program(clip).values())


def _cache_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "thfm_ros" / "openvino"
