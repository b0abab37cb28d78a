# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Encode each group of frames once, however many windows it is part of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np

from thfm_ros.model.config import TEMPORAL_STRIDE

Latents = TypeVar("Latents")


class GroupCache(Generic[Latents]):
    """Remembers the latents of the last window's groups (codecs that are `chunk_local` only).

    A window of 9 frames that moves on by 4 shares a group with the one before; a window of 5, or
    one that moves by another number of frames, shares none and costs what it did.

    encode: frames, uint8 [1 or 4, H, W, 3] -> one latent frame, owned by the caller
    """

    def __init__(self, encode: Callable[[np.ndarray], Latents]) -> None:
        self._encode = encode
        self._known: dict[tuple[int, ...], Latents] = {}

    def latents(self, clip: np.ndarray, serials: Sequence[int]) -> list[Latents]:
        """Return the latent frames of a clip [4k + 1, H, W, 3].

        serials: a number for each frame, which no other image of the stream has
        """
        if len(serials) != len(clip):
            raise ValueError(f"{len(clip)} frames have {len(serials)} serials")
        groups = [slice(0, 1)]
        groups += [slice(i, i + TEMPORAL_STRIDE) for i in range(1, len(clip), TEMPORAL_STRIDE)]
        keys = [tuple(serials[group]) for group in groups]
        known = {key: self._known[key] for key in keys if key in self._known}
        for key, group in zip(keys, groups, strict=True):
            # A young window repeats its oldest frame: two groups may have one key.
            if key not in known:
                known[key] = self._encode(clip[group])
        self._known = known
        return [known[key] for key in keys]
