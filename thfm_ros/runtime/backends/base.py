# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a backend is, and what a user may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import torch

BACKENDS = ("auto", "cuda_graph", "openvino", "eager")
_GPU_FILES = tuple(f"/dev/{n}" for n in ("nvidiactl", "nvhost-gpu", "nvgpu", "nvmap", "kfd", "dxg"))
"""Of the drivers of NVIDIA's cards, of Jetsons, of AMD's cards, and of Windows' Linux."""


class Backend(Protocol):
    """Runs a model on clips. One thread calls it.

    name:   as published in InferenceStats
    reason: why this backend was chosen, for diagnostics
    device: where it runs
    state:  what it has compiled or captured, for diagnostics; "" = nothing
    problem: what it could not compile or capture, and so runs more slowly; "" = nothing
    """

    name: str
    reason: str
    device: str
    state: str
    problem: str

    def prepare(self, shape: tuple[int, int, int, int]) -> None:
        """Compile, capture or warm up for clips of a shape [T, H, W, 3], so that `run` is quick."""
        ...

    def run(
        self, clip: np.ndarray, tasks: tuple[str, ...], serials: Sequence[int] = ()
    ) -> dict[str, np.ndarray]:
        """Run `Program` for some tasks on a clip, uint8 [T, H, W, 3]; the caller owns the result.

        serials: a number for each frame, which no other image of the stream has; with them, groups
                 of frames that the last clip had are not encoded again
        """
        ...

    def idle(self) -> None:
        """Do what was put off, now that no frame waits."""
        ...

    def close(self) -> None:
        """Free what the backend holds."""
        ...


@dataclass(frozen=True)
class BackendChoice:
    """What the user asked for.

    inductor: record the kernels of torch.compile (`cuda_graph` only)
    """

    backend: str = "auto"
    device: str = "auto"
    threads: int = 0
    inductor: bool = False

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise ValueError(f"backend is {self.backend!r}, allowed is one of {BACKENDS}")
        if self.threads < 0:
            raise ValueError(f"threads is {self.threads}, allowed is 0 (all) or more")

    def is_surely_cpu(self) -> bool:
        """Whether the device is the CPU, as far as that shows without loading torch."""
        if self.device == "auto":
            return not any(Path(path).exists() for path in _GPU_FILES)
        return self.device == "cpu"

    def torch_device(self) -> torch.device:
        """Return the device; ValueError if it is unknown or not there."""
        import torch

        if self.device == "auto":
            return torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            device = torch.device(self.device)
        except RuntimeError as error:
            raise ValueError(
                f"device is {self.device!r}, allowed is auto, cpu or cuda[:N]"
            ) from error
        if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
            raise ValueError(
                f"device is {self.device!r}, "
                f"this machine has {torch.cuda.device_count()} CUDA devices"
            )
        return device
