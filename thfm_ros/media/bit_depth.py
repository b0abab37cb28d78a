# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the 10, 12, 14 or 16 bits that a camera puts into 16 to the 8 that the network sees."""

from __future__ import annotations

import numpy as np

AUTO = 0
_USUAL = (8, 10, 12, 14, 16)
_IGNORED_SHARE = 1e-4
"""Share of pixels that may be brighter than what counts: hot pixels say nothing of the sensor."""


class BitDepth:
    """The bits of one stream's 16-bit values that are used.

    bits: 8..16, or AUTO = as many as were shown so far. That only grows: one brightness for all.
    """

    def __init__(self, bits: int = AUTO) -> None:
        if bits != AUTO and not 8 <= bits <= 16:
            raise ValueError(f"bits is {bits}, allowed is {AUTO} (what is shown) or 8..16")
        self._auto = bits == AUTO
        self.bits = _USUAL[0] if self._auto else bits

    def to_bytes(self, values: np.ndarray) -> np.ndarray:
        """Return uint16 values of any shape as uint8; 255 is all that the bits hold, and more."""
        if self._auto:
            self.bits = max(self.bits, _shown(values))
        if self.bits == 16:
            return (values >> 8).astype(np.uint8)
        return (np.minimum(values, (1 << self.bits) - 1) >> (self.bits - 8)).astype(np.uint8)


def _shown(values: np.ndarray) -> int:
    """Return the least of the usual numbers of bits that holds all but a few values."""
    for bits in _USUAL[:-1]:
        if np.count_nonzero(values >> bits) <= _IGNORED_SHARE * values.size:
            return bits
    return _USUAL[-1]
