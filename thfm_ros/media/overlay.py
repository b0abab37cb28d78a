# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""People drawn onto the camera's image."""

from __future__ import annotations

import cv2
import numpy as np

from thfm_ros import skeleton

_LEFT, _RIGHT, _MIDDLE = (255, 145, 40), (40, 190, 255), (245, 245, 245)
_TINT = (90, 220, 130)
_INVISIBLE = 0.01
"""A mask's value that changes no colour by a whole step."""
_WARNING = (200, 30, 30)


def _side(*landmarks: int) -> tuple[int, int, int]:
    names = [skeleton.LANDMARKS[landmark] for landmark in landmarks]
    if all("left" in name for name in names):
        return _LEFT
    if all("right" in name for name in names):
        return _RIGHT
    return _MIDDLE


_COLOURS = [_side(landmark) for landmark in range(skeleton.COUNT)]
_BONE_COLOURS = {(a, b): _side(a, b) for a, b in skeleton.BONES}


def draw_mask(image: np.ndarray, mask: np.ndarray, strength: float = 0.45) -> np.ndarray:
    """Tint image uint8 [H, W, 3] where the matte [H, W] (0..1) is; return a new image."""
    drawn = image.copy()
    x, y, width, height = cv2.boundingRect((mask > _INVISIBLE).view(np.uint8))
    if width:
        box = np.s_[y : y + height, x : x + width]
        weight = np.float32(strength) * mask[box].clip(0, 1).astype(np.float32)
        tint = np.full((height, width, 3), _TINT, np.uint8)
        drawn[box] = cv2.blendLinear(image[box], tint, 1 - weight, weight)
    return drawn


def draw_skeletons(image: np.ndarray, people: tuple, factor: float = 1.0) -> np.ndarray:
    """Draw people's landmarks and bones; left is orange, right is blue. Return a new image.

    people: persons with `pixels` [33, 2]; NaN is not drawn
    factor: of image pixels to the pixels that the landmarks are given in
    """
    canvas = np.ascontiguousarray(image).copy()
    thickness = max(1, round(min(canvas.shape[:2]) / 160))
    for person in people:
        points = (person.pixels + 0.5) * factor - 0.5
        known = np.isfinite(points).all(-1)
        at = [_point(point) if seen else None for point, seen in zip(points, known, strict=True)]
        for a, b in skeleton.BONES:
            if at[a] and at[b]:
                cv2.line(canvas, at[a], at[b], _BONE_COLOURS[a, b], thickness, cv2.LINE_AA)
        for landmark, point in enumerate(at):
            if point:
                cv2.circle(canvas, point, thickness + 1, _COLOURS[landmark], -1, cv2.LINE_AA)
    return canvas


def draw_banner(image: np.ndarray, text: str) -> np.ndarray:
    """Write a warning across the top of the image; return a new image."""
    canvas = np.ascontiguousarray(image).copy()
    width = canvas.shape[1]
    scale = min(width / 480, 1.0)
    bar = max(10, round(26 * scale))
    cv2.rectangle(canvas, (0, 0), (width, bar), _WARNING, -1)
    write(canvas, text, (round(8 * scale), round(18 * scale)), 0.55 * scale)
    return canvas


def write(canvas: np.ndarray, text: str, at: tuple[int, int], scale: float = 0.5) -> None:
    """Write white text into canvas, its baseline starting at pixel `at`."""
    cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _point(point: np.ndarray) -> tuple[int, int]:
    return int(np.clip(point[0], -9999, 9999)), int(np.clip(point[1], -9999, 9999))
