# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which backend runs here, and why."""

from __future__ import annotations

from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import cuda_graph, eager, openvino
from thfm_ros.runtime.backends.base import Backend, BackendChoice

_WORTH_COMPILING = (1_000_000, 100_000_000)
"""Parameters: less is quick anyway, more takes minutes and twice the memory to compile."""

_KINDS = {
    "cuda_graph": cuda_graph.CudaGraphBackend,
    "openvino": openvino.OpenVinoBackend,
    "eager": eager.EagerBackend,
}


def choose_backend(
    model: Thfm, choice: BackendChoice, tasks: tuple[str, ...], last: int = 1
) -> Backend:
    """Build the backend that the user asked for; ValueError if it cannot run here.

    tasks: everything that may be asked for; last: how many of the newest frames get results
    "auto" is a captured graph on a GPU; on a CPU openvino where it is installed, else eager.
    """
    name, reason = _resolve(model, choice)
    return _KINDS[name](model, choice, reason, tasks, last)


def _resolve(model: Thfm, choice: BackendChoice) -> tuple[str, str]:
    device = choice.torch_device().type
    if choice.backend == "cuda_graph" and device != "cuda":
        raise ValueError(f"backend is 'cuda_graph', which needs a CUDA device, not {device!r}")
    if choice.backend == "openvino":
        if not openvino.is_installed():
            raise ValueError("backend is 'openvino', which is not installed: pip install openvino")
        if device != "cpu":
            raise ValueError(
                f"backend is 'openvino', which runs on the CPU, not on {choice.device!r}"
            )
    if choice.backend != "auto":
        return choice.backend, "asked for"
    if device == "cuda":
        return "cuda_graph", "the fastest on a GPU"
    if device != "cpu":
        return "eager", f"the only one for {device}"
    if not openvino.is_installed():
        return "eager", "openvino is not installed"
    size = sum(parameter.numel() for parameter in model.parameters())
    if not _WORTH_COMPILING[0] <= size <= _WORTH_COMPILING[1]:
        return "eager", f"compiling {size / 1e6:.2f} M parameters does not pay"
    return "openvino", "the fastest on a CPU"
