# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a backend is, and how one is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from thfm_ros.model.thfm import Thfm

BACKENDS = ("auto", "eager", "openvino")


class Backend(Protocol):
    """Runs a model on clips.

    name:   as published in InferenceStats
    reason: why this backend was chosen, for diagnostics
    """

    name: str
    reason: str

    def run(self, clip: np.ndarray, tasks: tuple[str, ...]) -> dict[str, np.ndarray]:
        """Run `Program` for the tasks on a clip, uint8 [T, H, W, 3]; the caller owns the result."""
        ...

    def close(self) -> None:
        """Free what the backend holds."""
        ...


@dataclass(frozen=True)
class BackendChoice:
    """What the user asked for."""

    backend: str = "auto"
    device: str = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise ValueError(f"backend is {self.backend!r}, allowed is one of {BACKENDS}")
        if self.threads < 0:
            raise ValueError(f"threads is {self.threads}, allowed is 0 (all) or more")

    def torch_device(self) -> torch.device:
        """Return the device; ValueError if it is unknown or not there."""
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


def choose_backend(model: Thfm, choice: BackendChoice) -> Backend:
    """Build the backend that the user asked for; ValueError if it cannot run here.

    "auto" is eager: openvino compiles anew, for seconds, whenever another set of tasks is wanted.
    """
    from thfm_ros.runtime.backends import eager, openvino

    if choice.backend != "openvino":
        reason = "asked for" if choice.backend == "eager" else "starts at once on any machine"
        return eager.EagerBackend(model, choice, reason)
    if not openvino.is_installed():
        raise ValueError("backend is 'openvino', which is not installed: pip install openvino")
    if choice.torch_device().type != "cpu":
        raise ValueError(f"backend is 'openvino', which runs on the CPU, not on {choice.device!r}")
    return openvino.OpenVinoBackend(model, choice, "asked for")
