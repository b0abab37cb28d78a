# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A frame that went wrong, drawn: what was predicted beside what is true."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from thfm_ros import skeleton
from thfm_ros.evaluation.scoring.catalogue import METRICS
from thfm_ros.evaluation.scoring.worst import WorstFrame
from thfm_ros.evaluation.truth import Truth
from thfm_ros.media.overlay import draw_mask, draw_skeletons, write
from thfm_ros.perception import Perception
from thfm_ros.tasks import DENSE

_PANEL_WIDTH = 400
_QUALITY = 82
_BLANK = 40


@dataclass(frozen=True)
class _Skeleton:
    """What draw_skeletons needs of a true person."""

    pixels: np.ndarray


def picture(worst: WorstFrame) -> np.ndarray:
    """Draw people and the map in question, predicted (left) and true (right), uint8 [H, W, 3].

    Without truth it is the predicted pair alone.
    """
    frame, truth, perception = worst.sample.frame, worst.sample.truth, worst.perception
    width = _PANEL_WIDTH
    size = width, max(2, round(width * frame.size[1] / frame.size[0]))
    image = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
    factor = width / frame.size[0]
    group = METRICS[worst.metric].group
    ours = [
        _titled(_people(image, perception.mask, perception.people, factor), "predicted"),
        _map(group, perception, size, "predicted"),
    ]
    known = truth.known
    if not known:
        return np.hstack([panel for panel in ours if panel is not None])
    people = tuple(_Skeleton(p.pixels) for p in truth.people or ())
    drawable = people if truth.joints == skeleton.NAME else ()
    true = [
        _titled(_people(image, truth.mask, drawable, factor), "true"),
        _map(group, truth, size, "true"),
    ]
    blank = np.full((size[1], size[0], 3), _BLANK, np.uint8)
    pairs = [
        np.hstack([blank if panel is None else panel for panel in pair])
        for pair in zip(ours, true, strict=True)
        if any(panel is not None for panel in pair)
    ]
    return np.vstack(pairs)


def data_uri(image: np.ndarray) -> str:
    """Return a picture as the JPEG data URI of an <img>."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()


def _people(image: np.ndarray, mask: np.ndarray | None, people: tuple, factor: float) -> np.ndarray:
    if mask is not None:
        image = draw_mask(image, cv2.resize(mask.astype(np.float32), image.shape[1::-1]))
    return draw_skeletons(image, people, factor)


def _map(
    group: str, source: Perception | Truth, size: tuple[int, int], title: str
) -> np.ndarray | None:
    """Draw the map that a group of figures is about; None where there is none."""
    depth, normals = source.depth, source.normals
    if isinstance(source, Perception):
        depth = source.depth_relative if depth is None else depth
    elif source.mask is not None:
        # Scored on people, shown on people: the true maps may know the room, too.
        nobody = source.mask <= 0.5
        depth = None if depth is None else np.where(nobody, np.nan, depth)
        normals = None if normals is None else np.where(nobody[..., None], np.nan, normals)
    known = {"depth": depth, "normals": normals}
    values = known.get(group, getattr(source, group, None)) if group in DENSE else None
    if values is None:
        return None
    pixels = cv2.resize(DENSE[group].picture(values), size, interpolation=cv2.INTER_AREA)
    return _titled(pixels, f"{title} {group}")


def _titled(panel: np.ndarray, title: str) -> np.ndarray:
    panel = panel.copy()
    width = cv2.getTextSize(title, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)[0][0]
    panel[:20, : width + 12] //= 3
    write(panel, title, (6, 14), 0.45)
    return panel
