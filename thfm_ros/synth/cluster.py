# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which joblib backend runs the workers: this machine's processes, or a Dask or Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

BACKENDS = ("loky", "threading", "multiprocessing", "dask", "ray")


@contextmanager
def backend(name: str) -> Iterator[None]:
    """Let joblib use a backend inside the block.

    dask connects to the scheduler of DASK_SCHEDULER_ADDRESS, or starts one on this machine; ray to
    the cluster of RAY_ADDRESS. Both need their Python package, and the asset pack and the output
    folder at the same paths on every machine.
    """
    import joblib

    if name not in BACKENDS:
        raise ValueError(f"backend is {name!r}, allowed is one of {BACKENDS}")
    if name == "dask":
        from dask.distributed import Client

        with Client(), joblib.parallel_config(backend="dask"):
            yield
        return
    if name == "ray":
        from ray.util.joblib import register_ray

        register_ray()
    with joblib.parallel_config(backend=name):
        yield


def run_all(function: Callable, calls: Iterable[tuple], workers: int) -> Iterator[Any]:
    """Yield the results of function(*call) as they come; all at the end where joblib must wait."""
    from joblib import Parallel, delayed

    try:
        parallel = Parallel(n_jobs=workers, return_as="generator_unordered")
    except ValueError:
        parallel = Parallel(n_jobs=workers)
    yield from parallel(delayed(function)(*call) for call in calls)
