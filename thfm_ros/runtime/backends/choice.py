# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which backend runs here, and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thfm_ros.model.shipped import config_of, load_model
from thfm_ros.runtime.backends import openvino
from thfm_ros.runtime.backends.base import Backend, BackendChoice

if TYPE_CHECKING:
    from thfm_ros.model.thfm import Thfm

_WORTH_COMPILING = (1_000_000, 100_000_000)
"""Parameters: less is quick anyway, more takes minutes and twice the memory to compile."""
_BEST_ON_CPU = "the fastest on a CPU"


def open_backend(
    setting: str, choice: BackendChoice, tasks: tuple[str, ...], last: int = 1
) -> Backend:
    """Build the backend for a setting's weights; CheckpointError or ValueError if it cannot be.

    setting: as `find_checkpoint` takes it; the rest: as of `choose_backend`
    What OpenVINO compiled before is taken from where it is kept; only without it is the model
    loaded, and torch with it.
    """
    config = config_of(setting)
    possible = choice.backend in ("auto", "openvino") and choice.is_surely_cpu()
    if not (possible and openvino.is_installed()):
        return choose_backend(load_model(setting), choice, tasks, last)
    store = openvino.part_store(setting, choice, tasks, last)
    if store.is_there:
        reason, load = _reason(choice, _BEST_ON_CPU), partial(load_model, setting)
        return openvino.OpenVinoBackend(load, config, choice, reason, tasks, last, store)
    return choose_backend(load_model(setting), choice, tasks, last, store)


def choose_backend(
    model: Thfm,
    choice: BackendChoice,
    tasks: tuple[str, ...],
    last: int = 1,
    store: openvino.PartStore | None = None,
) -> Backend:
    """Build the backend that the user asked for; ValueError if it cannot run here.

    tasks: everything that may be asked for; last: how many of the newest frames get results
    store: where OpenVINO's parts of just this model are kept
    "auto" is a captured graph on a GPU; on a CPU openvino where it is installed, else eager.
    """
    name, reason = _resolve(model, choice)
    if name == "openvino":
        return openvino.OpenVinoBackend(
            lambda: model, model.config, choice, reason, tasks, last, store
        )
    if name == "cuda_graph":
        from thfm_ros.runtime.backends.cuda_graph import CudaGraphBackend as Kind
    else:
        from thfm_ros.runtime.backends.eager import EagerBackend as Kind
    return Kind(model, choice, reason, tasks, last)


def _reason(choice: BackendChoice, best: str) -> str:
    return best if choice.backend == "auto" else "asked for"


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
        return choice.backend, _reason(choice, "")
    if device == "cuda":
        return "cuda_graph", "the fastest on a GPU"
    if device != "cpu":
        return "eager", f"the only one for {device}"
    if not openvino.is_installed():
        return "eager", "openvino is not installed"
    size = sum(parameter.numel() for parameter in model.parameters())
    if not _WORTH_COMPILING[0] <= size <= _WORTH_COMPILING[1]:
        return "eager", f"compiling {size / 1e6:.2f} M parameters does not pay"
    return "openvino", _BEST_ON_CPU
