# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Memory that one frame's maps free is kept for the next frame's."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 256 << 20
_LARGEST_BYTES = 32 << 20
"""The most that glibc takes for M_MMAP_THRESHOLD."""


def keep_freed_memory() -> bool:
    """Tell glibc's malloc not to give large arrays back to the kernel; whether it took that.

    A camera's maps are megabytes, allocated and freed with every frame. By default their pages go
    back each time, and touching new ones costs more than computing what is written to them.
    For a process as a whole: mallopt(3).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    trimmed = mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST_BYTES) and trimmed)
