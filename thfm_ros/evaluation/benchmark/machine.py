# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The hardware and software that a figure was measured on."""

from __future__ import annotations

import os
import platform
import resource
from pathlib import Path

import torch

from thfm_ros.cpu import cpu_flags
from thfm_ros.versions import installed_version

_PACKAGES = ("torch", "diffusers", "numpy", "openvino", "onnxruntime")
_FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def describe_machine() -> dict:
    """Return processor, its relevant instruction sets, cores in use, memory, GPU and versions."""
    return {
        "cpu": _cpu_model(),
        "features": [name for name in _FEATURES if name in cpu_flags()],
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_average": round(os.getloadavg()[0], 2),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "versions": {n: found for n in _PACKAGES if (found := installed_version(n))},
    }


def peak_memory_gib() -> float:
    """Return the largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _cpu_model() -> str:
    for line in _cpuinfo():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.is_file() else []
