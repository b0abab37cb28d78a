# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What this CPU is good at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_BFLOAT16 = {"avx512_bf16", "amx_bf16"}


@lru_cache(maxsize=1)
def cpu_flags() -> frozenset[str]:
    """Return the instruction sets that Linux lists; empty where it lists none."""
    path = Path("/proc/cpuinfo")
    for line in path.read_text().splitlines() if path.is_file() else ():
        if line.startswith("flags"):
            return frozenset(line.split(":", 1)[1].split())
    return frozenset()


def has_fast_bfloat16() -> bool:
    """Whether bfloat16 products are faster than float32 ones.

    A CPU without AVX512_BF16 or AMX emulates them, some hundred times slower.
    """
    return bool(_BFLOAT16 & cpu_flags())
