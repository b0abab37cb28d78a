# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A second look: where people fill little of the picture, it is looked at again through a crop.

Network inputs are small. Somebody a third as tall as the picture is a few dozen pixels of a first
look, while the camera's image holds them several times as sharp.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from thfm_ros.camera import Resize
from thfm_ros.region import Crop, Region, best_crop
from thfm_ros.runtime.stream.window import WindowClip
from thfm_ros.tasks.mask import ON_PERSON

_CRUMB = 0.1
"""Of the largest piece of mask; smaller pieces are no reason to look there."""
_MARGIN = 1.1
"""The box is of these very frames, so it may be tight: people are seen larger."""
_WORTHWHILE = 1.2
"""How many times larger a crop must show people."""


class Look:
    """Runs a model on a stream's windows, a second time where people are small.

    run:   clip, tasks and, of a first look, serials -> outputs, as a backend does
    twice: False = never look again; targets: sizes that a second look may have, as of `best_crop`
    """

    def __init__(
        self,
        run: Callable[..., dict[str, np.ndarray]],
        twice: bool,
        targets: tuple[tuple[int, int], ...],
    ) -> None:
        self._run, self._twice, self._targets = run, twice, targets
        self._people_are_small = False

    def __call__(
        self, clip: WindowClip, tasks: tuple[str, ...], whole: Resize
    ) -> tuple[dict[str, np.ndarray], Region]:
        """Return what was seen, and of which part of the picture; whole: how clips were made."""
        if not self._twice or "mask" not in tasks:
            return self._run(clip.inputs, tasks, clip.serials), whole
        # The first look will only tell where: its other answers would not count.
        first = ("mask",) if self._people_are_small else tasks
        outputs = self._run(clip.inputs, first, clip.serials)
        crop = crop_on_people(outputs["mask"], whole, self._targets)
        self._people_are_small = crop is not None
        if crop is not None:
            return self._run(crop.clip(clip.frames, clip.padded), tasks), crop
        if first != tasks:
            outputs = self._run(clip.inputs, tasks, clip.serials)
        return outputs, whole

    def reset(self) -> None:
        """Forget that people were small."""
        self._people_are_small = False


def crop_on_people(
    mattes: np.ndarray, seen: Resize, targets: tuple[tuple[int, int], ...]
) -> Crop | None:
    """Return a crop around everybody; None where nobody is, or it would show them little larger.

    mattes: float [F, h, w] of the first look, 0..1, at the network's size; seen: what it showed;
    targets: as of `best_crop`
    """
    people = mattes.max(0) >= ON_PERSON
    if not people.any():
        return None
    low, high = _corners(people)
    low = np.clip(np.floor(seen.pixels_to_source(low - 0.5) + 0.5), 0, np.array(seen.source) - 1)
    high = np.clip(np.ceil(seen.pixels_to_source(high - 0.5) + 0.5), low + 1, seen.source)
    box = *low.astype(int).tolist(), *(high - low).astype(int).tolist()
    crop = best_crop(box, seen.source, targets, _MARGIN)
    return crop if min(crop.resize.scale) >= _WORTHWHILE * min(seen.scale) else None


def _corners(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the upper left and lower right corner (x, y) of all but crumbs of a mask [h, w]."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(people.astype(np.uint8))
    pieces = stats[1:]
    areas = pieces[:, cv2.CC_STAT_AREA]
    boxes = pieces[areas >= _CRUMB * areas.max(), : cv2.CC_STAT_AREA]
    return boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
