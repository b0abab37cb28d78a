# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a function may be recorded as a CUDA graph, found out without a GPU.

A recording holds kernels and addresses, no Python: what reads the device back, makes tensors on the
host, branches on values or keeps state by reference would fail there, or worse, replay old values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Function = Callable[..., Any]
Inputs = tuple[torch.Tensor, ...]

STAGES = ("host", "device", "replay", "graph")
_ACCELERATOR = "meta"
"""Stands for the GPU inside fake tensors: mixing it with the host raises, and no CUDA is needed."""
_TOLERANCE = 1e-4
_SYNCHRONISING = frozenset(
    {
        "aten._local_scalar_dense",
        "aten._unique2",
        "aten.allclose",
        "aten.bincount",
        "aten.equal",
        "aten.histc",
        "aten.is_nonzero",
        "aten.item",
        "aten.masked_select",
        "aten.nonzero",
        "aten.unique_consecutive",
        "aten.unique_dim",
    }
)
_READING = frozenset({"cpu", "numpy", "tolist", "item", "pin_memory", "__array__"}) | frozenset(
    f"__{kind}__" for kind in ("bool", "int", "float", "index")
)
_FROM_HOST = (torch.tensor, torch.as_tensor, torch.from_numpy, torch.Tensor.new_tensor)
_MASKED = frozenset({"aten.index", "aten.index_put", "aten.index_put_"})


class CaptureError(RuntimeError):
    """Why a function cannot be recorded."""


def check_capture(
    build: Callable[[], Function],
    make_inputs: Callable[[int], Inputs],
    stages: tuple[str, ...] = STAGES,
) -> dict[str, str]:
    """Return for each of some STAGES why it failed, "" where it passed.

    build:       makes the function, with whatever it holds; it is called several times
    make_inputs: seed -> its arguments, of the same shapes for any seed
    host:    run, and catch reads of tensors by the host and shapes that depend on values
    device:  run on a pretended device, and catch tensors that the function makes on the host
    replay:  record the kernels on one input, replay them on others, compare with the function
    graph:   torch.compile it whole, and count graphs and recompilations
    """
    checks = {"host": _host, "device": _device, "replay": _replay, "graph": _graph}
    found = {}
    for stage in stages:
        try:
            checks[stage](build, make_inputs)
            found[stage] = ""
        except Exception as error:  # whatever a checked function raises is the answer
            found[stage] = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
    return found


def _host(build: Callable[[], Function], make_inputs: Callable[[int], Inputs]) -> None:
    function, inputs = build(), make_inputs(0)
    with torch.no_grad():
        # Lazy constants (rotary tables) are made in the warm-up, before any recording.
        function(*inputs)
        with _CatchKernels(), _CatchReads():
            function(*inputs)


def _device(build: Callable[[], Function], make_inputs: Callable[[int], Inputs]) -> None:
    like = [(value.shape, value.dtype) for value in make_inputs(0)]
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        with torch.device(_ACCELERATOR):
            function = build()
            inputs = [torch.empty(shape, dtype=dtype) for shape, dtype in like]
        with _CatchCopies():
            outputs = function(*inputs)
    on_host = [v for v in tree_leaves(outputs) if v.device.type != _ACCELERATOR]
    if on_host:
        raise CaptureError(f"{len(on_host)} outputs are on the host")


def _replay(build: Callable[[], Function], make_inputs: Callable[[int], Inputs]) -> None:
    function = build()
    with torch.no_grad():
        function(*make_inputs(0))
        recording = make_fx(function, tracing_mode="real")(*make_inputs(0))
        for seed in (1, 2):
            replayed = tree_leaves(recording(*make_inputs(seed)))
            expected = tree_leaves(function(*make_inputs(seed)))
            for ours, theirs in zip(replayed, expected, strict=True):
                error = (ours.float() - theirs.float()).abs().max().item()
                if not error <= _TOLERANCE:
                    raise CaptureError(
                        f"a replay differs by {error:.3g}: state or a branch is baked in"
                    )


def _graph(build: Callable[[], Function], make_inputs: Callable[[int], Inputs]) -> None:
    torch._dynamo.reset()
    graphs = []

    def count(graph: torch.fx.GraphModule, example: list[torch.Tensor]) -> Function:
        graphs.append(graph)
        return graph.forward

    function = build()
    with torch.no_grad():
        function(*make_inputs(0))
        compiled = torch.compile(function, backend=count, fullgraph=True)
        for seed in (0, 1, 2):
            compiled(*make_inputs(seed))
    if len(graphs) != 1:
        raise CaptureError(f"{len(graphs)} graphs were compiled for three equal calls")


class _CatchReads(TorchFunctionMode):
    """Raises where Python reads a tensor, or makes one from host values."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in _READING and args and isinstance(args[0], torch.Tensor):
            raise CaptureError(f"the host reads a tensor: {name}")
        if function in _FROM_HOST:
            raise CaptureError(f"a constant comes from the host: torch.{name}")
        return function(*args, **(kwargs or {}))


class _CatchKernels(TorchDispatchMode):
    """Raises at kernels that wait for the device."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = str(function.overloadpacket)
        if name in _SYNCHRONISING or str(function) == "aten.repeat_interleave.Tensor":
            raise CaptureError(f"the host waits for a value: {function}")
        if name in _MASKED and any(_is_mask(index) for index in args[1]):
            raise CaptureError(f"a mask picks elements: {function}")
        return function(*args, **(kwargs or {}))


class _CatchCopies(TorchDispatchMode):
    """Raises at copies between the pretended device and the host."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        outputs = function(*args, **(kwargs or {}))
        before = {v.device.type for v in tree_leaves((args, kwargs)) if _is_tensor(v)}
        after = {v.device.type for v in tree_leaves(outputs) if _is_tensor(v)}
        if len(before | after) > 1:
            raise CaptureError(f"host and device meet: {function}")
        return outputs


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)


def _is_mask(index: torch.Tensor | None) -> bool:
    return index is not None and index.dtype in (torch.bool, torch.uint8)
