# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which clips a step is trained on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np

from thfm_ros.clips.clip import StoredClip
from thfm_ros.clips.folder import ShardFolder
from thfm_ros.training.augmentation import pan
from thfm_ros.training.samples import Batch, make_batch
from thfm_ros.training.settings import Phase

_SHOWN = 4


class BatchSource:
    """Batches of the clips of some folders. What is drawn is a function of the generator alone.

    more: dense tasks beside the standard ones that batches have targets of
    Raises ValueError for a phase that no clip is long enough for.
    """

    def __init__(
        self, folders: list[ShardFolder], phases: tuple[Phase, ...], more: Iterable[str] = ()
    ) -> None:
        self.folders = folders
        self.more = tuple(more)
        longest = max(f.length(index) for f in folders for index in range(len(f)))
        for phase in phases:
            if phase.frames > longest and phase.stills < 1:
                raise ValueError(
                    f"phase.frames is {phase.frames}, allowed is at most {longest}, "
                    f"the longest clip's frames, or stills: 1"
                )

    def draw(self, phase: Phase, rng: np.random.Generator) -> Batch:
        """Draw and augment a batch for a phase."""
        size = phase.size[::-1] if rng.random() < phase.portrait else phase.size
        clips = [self._draw_clip(phase, size, rng) for _ in range(phase.batch)]
        return make_batch(clips, size, rng, self.more)

    def examples(self, phase: Phase) -> Batch | None:
        """Return the same few clips every time, as long as a phase's; None if none is."""
        whole = slice(phase.frames)
        long_enough = (
            folder.load(index, whole)
            for folder in self.folders
            for index in range(len(folder))
            if folder.length(index) >= phase.frames
        )
        clips = list(islice(long_enough, min(_SHOWN, phase.batch)))
        return make_batch(clips, phase.size, None, self.more) if clips else None

    def description(self) -> list[dict]:
        """Say for every folder what is in it, to record what a model was trained on."""
        return [
            {"folder": str(f.directory), "clips": len(f), "fingerprint": f.fingerprint()}
            for f in self.folders
        ]

    def _draw_clip(
        self, phase: Phase, size: tuple[int, int], rng: np.random.Generator
    ) -> StoredClip:
        """Draw a clip uniformly over all folders until it is long enough; cut a window from it."""
        sizes = np.array([len(folder) for folder in self.folders])
        while True:
            folder = self.folders[rng.choice(len(sizes), p=sizes / sizes.sum())]
            index = int(rng.integers(len(folder)))
            if phase.stills and rng.random() < phase.stills:
                frame = int(rng.integers(folder.length(index)))
                still = folder.load(index, slice(frame, frame + 1))
                return pan(still, phase.frames, size, rng)
            spare = folder.length(index) - phase.frames
            if spare >= 0:
                first = int(rng.integers(spare + 1))
                return folder.load(index, slice(first, first + phase.frames))
