# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same windows run in ordinary ways: what our runtime has to be measured against."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.program import Program

Run = Callable[[np.ndarray], object]
_ONNX = ("onnx", "onnxruntime", "onnxscript")


def eager_diffusers(model: Thfm, tasks: tuple[str, ...]) -> Run:
    """Diffusers' blocks as they are, one pass per task; normalisation and decoding included."""

    def run(clip: np.ndarray) -> object:
        with torch.inference_mode():
            video = torch.from_numpy(clip).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
            return model(video, tasks)

    return run


def torch_compile(model: Thfm, tasks: tuple[str, ...]) -> Run:
    """The same, through torch.compile (inductor); None of our folding."""
    compiled = torch.compile(model, dynamic=False)
    return eager_diffusers(compiled, tasks)


def onnx_runtime(model: Thfm, tasks: tuple[str, ...], clip: np.ndarray) -> Run | None:
    """Our folded program through ONNX Runtime; None where one of `_ONNX` is not installed."""
    if not all(map(find_spec, _ONNX)):
        return None
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder) / "program.onnx"
        program = _Ordered(Program(model, tasks)).eval()
        torch.onnx.export(program, (torch.from_numpy(clip),), str(path), dynamo=True, verbose=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    (name,) = [value.name for value in session.get_inputs()]
    return lambda clip: session.run(None, {name: clip})


class _Ordered(nn.Module):
    """Gives a program's outputs in order: exporters take no dictionaries."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program

    def forward(self, clip: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.program(clip).values())
