# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A safetensors file written tensor by tensor, as the format's specification lays it out."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_BYTES = {"F32": 4, "F16": 2, "BF16": 2}


@dataclass(frozen=True)
class TensorPlan:
    """A tensor to be written: its name, safetensors type and shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return math.prod(self.shape) * _BYTES[self.dtype]


class SafetensorsWriter:
    """Writes planned tensors in their order; the file appears under its name when it is complete.

    Use as a context manager. (safetensors' own save_file wants all tensors in memory at once.)
    """

    def __init__(self, path: str | Path, plans: list[TensorPlan]) -> None:
        self.path = Path(path)
        self._plans = iter(plans)
        self._partial = self.path.with_suffix(".partial")
        header, offset = {}, 0
        for plan in plans:
            end = offset + plan.size
            entry = {"dtype": plan.dtype, "shape": plan.shape, "data_offsets": [offset, end]}
            header[plan.name] = entry
            offset = end
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        self._stream = self._partial.open("wb")
        self._stream.write(len(text).to_bytes(8, "little") + text)

    def write(self, name: str, bits: np.ndarray) -> None:
        """Write the next planned tensor, given as the bits of its type."""
        plan = next(self._plans)
        if plan.name != name or plan.shape != bits.shape or plan.size != bits.nbytes:
            raise ValueError(f"next planned tensor is {plan}, not {name} {bits.shape} {bits.dtype}")
        self._stream.write(np.ascontiguousarray(bits).data)

    def __enter__(self) -> SafetensorsWriter:
        return self

    def __exit__(self, kind, *_) -> None:
        self._stream.close()
        if kind is None:
            self._partial.rename(self.path)
        else:
            self._partial.unlink(missing_ok=True)
