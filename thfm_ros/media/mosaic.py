# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that was perceived in one frame, side by side in one picture."""

from __future__ import annotations

import cv2
import numpy as np

from thfm_ros.frame import Frame
from thfm_ros.media.overlay import draw_banner, draw_mask, draw_skeletons, write
from thfm_ros.perception import Perception
from thfm_ros.tasks import STANDARD_MAPS

_PANEL_WIDTH = 384
_STRIP = 34
_BACKGROUND = 24


def draw(frame: Frame, perception: Perception, banner: str = "", caption: str = "") -> np.ndarray:
    """Draw RGB, depth, normals / mask, dense pose, skeleton as uint8 [H, W, 3]; H and W are even.

    banner:  a warning, drawn over the camera's image; "" = none
    caption: one line below the panels
    """
    width, height = _panel_size(frame.size)
    fit = _Fitter(width, height)
    image = fit.colours(frame.image)
    maps = dict(perception.maps)
    if perception.depth is not None:
        maps["depth"] = perception.depth
    panels = {
        "camera": draw_banner(image, banner) if banner else image,
        **{
            name.replace("_", " "): fit.map(maps.get(name), task.picture)
            for name, task in STANDARD_MAPS.items()
        },
        _people_title(perception): _people_panel(image, perception, width / frame.size[0]),
    }
    titled = [_titled(panel, title) for title, panel in panels.items()]
    rows = [np.hstack(titled[:3]), np.hstack(titled[3:])]
    strip = np.full((_STRIP, 3 * width, 3), _BACKGROUND, np.uint8)
    write(strip, caption, (10, 22))
    return np.vstack([*rows, strip])


class _Fitter:
    """Brings maps of any size to a panel's size."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)

    def colours(self, image: np.ndarray) -> np.ndarray:
        shrinks = image.shape[1] > self.size[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        return cv2.resize(image, self.size, interpolation=how)

    def map(self, values: np.ndarray | None, colour) -> np.ndarray:
        if values is None:
            return np.full((self.size[1], self.size[0], 3), _BACKGROUND, np.uint8)
        return self.colours(colour(values))


def _panel_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the panel's width and height: even numbers, because video codecs want those."""
    return _PANEL_WIDTH, max(2, round(_PANEL_WIDTH * size[1] / size[0] / 2) * 2)


def _people_panel(image: np.ndarray, perception: Perception, factor: float) -> np.ndarray:
    if perception.mask is not None:
        mask = cv2.resize(perception.mask.astype(np.float32), image.shape[1::-1])
        image = draw_mask(image, mask)
    return draw_skeletons(image, perception.people, factor)


def _people_title(perception: Perception) -> str:
    count = len(perception.people)
    return "skeleton: " + ("nobody" if count == 0 else f"{count} person" + "s" * (count > 1))


def _titled(panel: np.ndarray, title: str) -> np.ndarray:
    panel = panel.copy()
    width = cv2.getTextSize(title, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0]
    bottom = panel.shape[0]
    panel[bottom - 24 :, : width + 16] //= 3
    write(panel, title, (8, bottom - 8))
    return panel
