# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Train, val and test share no identity, no recorded motion and no background.

A part belongs to the split that its own name hashes to, so adding parts never moves others.
"""

from __future__ import annotations

import zlib

SPLITS = ("train", "val", "test")
_TENTHS = {0: "test", 1: "val"}


def split_of(name: str) -> str:
    """Return the split of a named part: one tenth is val, one tenth test, the rest train."""
    return _TENTHS.get(zlib.crc32(name.encode()) % 10, "train")


def check_split(split: str) -> str:
    """Return `split`, or raise a ValueError that lists the splits."""
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}, allowed is one of {SPLITS}")
    return split
