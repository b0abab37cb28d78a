# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Contact sheets: every modality of a few clips side by side, for looking at."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from thfm_ros import skeleton
from thfm_ros.clips.clip import Clip
from thfm_ros.perception import LandmarkState
from thfm_ros.tasks.parts import PARTS

COLUMNS = ("rgb", "mask", "instance", "depth", "normals", "dense_pose", "part", "landmarks")
_SIDES = {"left": (255, 120, 40), "right": (60, 160, 255)}
_PALETTE = np.random.default_rng(3).integers(60, 255, (256, 3)).astype(np.uint8)
_PALETTE[0] = 0


def contact_sheet(
    clips: Iterable[Clip], columns: tuple[str, ...] = COLUMNS, across: int = 1
) -> np.ndarray:
    """Return an RGB picture uint8: first frames, one column a modality, `across` clips a row."""
    unknown = set(columns) - set(COLUMNS)
    if unknown:
        raise ValueError(f"columns are {sorted(unknown)}, allowed are {COLUMNS}")
    strips = [
        np.concatenate([draw_modality(clip, 0, column) for column in columns], 1) for clip in clips
    ]
    strips += [np.zeros_like(strips[0])] * (-len(strips) % across)
    rows = [np.concatenate(strips[k : k + across], 1) for k in range(0, len(strips), across)]
    return np.concatenate(rows, 0)


def draw_modality(clip: Clip, frame: int, name: str) -> np.ndarray:
    """Draw one modality of one frame as uint8 [H, W, 3]."""
    if name == "rgb":
        return clip.rgb[frame]
    if name == "mask":
        return np.repeat(clip.mask[frame][..., None], 3, 2)
    if name == "instance":
        return _PALETTE[clip.instance[frame]]
    if name == "part":
        return _PALETTE[clip.part[frame] * (256 // len(PARTS))]
    if name == "depth":
        return _draw_depth(clip.depth[frame], clip.mask[frame])
    if name == "normals":
        flipped = clip.normals[frame] * [1, -1, -1] * 0.5 + 0.5
        return (flipped * 255 * (np.abs(clip.normals[frame]).sum(-1, keepdims=True) > 0)).astype(
            np.uint8
        )
    if name == "dense_pose":
        return (np.clip(clip.dense_pose[frame], 0, 1) * 255).astype(np.uint8)
    return _draw_landmarks(clip, frame)


def _draw_depth(depth: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Draw people's depth in the full range of colours, and the rest as far as it fits."""
    known = depth > 0
    chosen = (mask > 127) & known
    chosen = chosen if chosen.any() else known
    if not chosen.any():
        return np.zeros((*depth.shape, 3), np.uint8)
    low, high = np.percentile(depth[chosen], [1, 99])
    low, high = low - 0.1, max(high, low + 0.3) + 0.3
    scaled = (np.clip(1 - (depth - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    coloured = cv2.applyColorMap(scaled, cv2.COLORMAP_TURBO)[..., ::-1]
    return coloured * known[..., None]


def _draw_landmarks(clip: Clip, frame: int) -> np.ndarray:
    """Draw skeletons: left orange, right blue, dots green where visible, red where occluded."""
    picture = (clip.rgb[frame] * 0.7).astype(np.uint8)
    thickness = max(1, picture.shape[0] // 200)
    for pixels, state in zip(clip.landmarks2d[frame], clip.landmark_state[frame], strict=True):
        for a, b in skeleton.BONES:
            if LandmarkState.ABSENT in (state[a], state[b]) or np.abs(pixels[[a, b]]).max() > 4000:
                continue
            names = skeleton.LANDMARKS[a] + skeleton.LANDMARKS[b]
            sides = [side for side in _SIDES if side in names]
            colour = _SIDES[sides[0]] if len(sides) == 1 else (230, 230, 230)
            ends = [tuple(int(v) for v in np.round(pixels[k])) for k in (a, b)]
            cv2.line(picture, *ends, colour, thickness, cv2.LINE_AA)
        for point, seen in zip(pixels, state, strict=True):
            if seen in (LandmarkState.ABSENT, LandmarkState.OUT_OF_VIEW):
                continue
            dot = (0, 255, 0) if seen == LandmarkState.VISIBLE else (255, 0, 0)
            cv2.circle(
                picture, tuple(int(v) for v in np.round(point)), thickness, dot, -1, cv2.LINE_AA
            )
    return picture
