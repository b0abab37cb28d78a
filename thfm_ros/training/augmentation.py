# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Random changes that keep a clip true to its labels: windows, mirror, reverse, recolour."""

from __future__ import annotations

import cv2
import numpy as np

from thfm_ros import skeleton
from thfm_ros.runtime.crops import others_around, paint_over
from thfm_ros.runtime.region import ENLARGED
from thfm_ros.training.shards import TruthClip

_OUT_OF_VIEW = 3
_CLOSEST = 0.4
_ZOOMED = 0.7
_ASTRAY = 0.1
"""Share of windows that look anywhere: the model must know a crop that shows nobody."""
_ALONE = 0.4
"""Share of windows on several people that show one of them alone."""
_FEWEST_PIXELS = 200
_ROOMIEST = 1.6
_SWEEP = 0.15


def zoom(clip: TruthClip, size: tuple[int, int], rng: np.random.Generator) -> TruthClip:
    """Cut a random window out of a clip, the same in all frames, mostly around people.

    It keeps the picture's proportions; `size`, (width, height), is what the network will see.
    """
    people = _people(clip)
    if len(people) > 1 and rng.random() < _ALONE:
        return single_out(clip, rng.choice(people), size, rng)
    if rng.random() > _ZOOMED:
        return clip
    whole = np.array(clip.rgb.shape[2:0:-1])
    edges = _draw_edges(whole, size, rng)
    corner = _draw_corner(clip, whole, edges, rng)
    return cut(clip, (*corner, *edges))


def single_out(
    clip: TruthClip, who: int, size: tuple[int, int], rng: np.random.Generator
) -> TruthClip:
    """Cut a window around one of several people and paint the others over, as the runtime does.

    who: the person's number in `instance`
    """
    whole = np.array(clip.rgb.shape[2:0:-1])
    x, y, width, height = cv2.boundingRect((clip.truth["instance"] == who).any(0).view(np.uint8))
    share = max((width, height) / whole) * rng.uniform(1.0, _ROOMIEST)
    edges = np.round(np.clip(share, _smallest(whole, size), 1.0) * whole).astype(int)
    middle = np.array((x + width / 2, y + height / 2))
    corner = _place(middle, whole, edges, 0.05, rng)
    part = cut(clip, (*corner, *edges))
    box = (x - corner[0], y - corner[1], width, height)
    others = np.stack([others_around(box, mask / 255) > 0 for mask in part.truth["mask"]])
    rgb = [paint_over(image[None], there) for image, there in zip(part.rgb, others, strict=True)]
    hidden = {name: np.where(others, 0, part.truth[name]) for name in ("mask", "instance")}
    return TruthClip(np.concatenate(rgb), {**part.truth, **hidden}, clip.about)


def pan(clip: TruthClip, frames: int, size: tuple[int, int], rng: np.random.Generator) -> TruthClip:
    """Make a clip of a single frame: a window that moves steadily over it, as a turning camera."""
    whole = np.array(clip.rgb.shape[2:0:-1])
    edges = _draw_edges(whole, size, rng)
    first = _draw_corner(clip, whole, edges, rng)
    last = (first + edges * rng.uniform(-_SWEEP, _SWEEP, 2)).clip(0, whole - edges)
    steps = np.linspace(first, last, frames).astype(int)
    parts = [cut(clip, (*corner, *edges)) for corner in steps]
    truth = {name: np.concatenate([part.truth[name] for part in parts]) for name in clip.truth}
    return TruthClip(np.concatenate([part.rgb for part in parts]), truth, clip.about)


def cut(clip: TruthClip, box: tuple[int, int, int, int]) -> TruthClip:
    """Cut a box (x, y, width, height) out of every frame; landmarks move along."""
    x, y, width, height = box
    rows, columns = slice(y, y + height), slice(x, x + width)
    truth = {
        name: value[:, rows, columns] if value.shape[1:3] == clip.rgb.shape[1:3] else value
        for name, value in clip.truth.items()
    }
    truth["landmarks2d"] = truth["landmarks2d"] - np.array([x, y], np.float32)
    truth["intrinsics"] = truth["intrinsics"] - np.array([0, 0, x, y], np.float32)
    pixels = truth["landmarks2d"] + 0.5
    outside = ((pixels < 0) | (pixels > (width, height))).any(-1)
    state = truth["landmark_state"]
    truth["landmark_state"] = np.where(outside & (state > 0), _OUT_OF_VIEW, state)
    return TruthClip(clip.rgb[:, rows, columns], truth, clip.about)


def _draw_edges(whole: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    return np.round(rng.uniform(_smallest(whole, size), 1.0) * whole).astype(int)


def _smallest(whole: np.ndarray, size: tuple[int, int]) -> float:
    """Return the least share of a picture's edges that a window may have."""
    return min(1.0, max(_CLOSEST, *(np.array(size) / ENLARGED / whole)))


def _people(clip: TruthClip) -> np.ndarray:
    """Return the numbers in `instance` of those of whom enough is seen."""
    return np.flatnonzero(np.bincount(clip.truth["instance"].ravel())[1:] >= _FEWEST_PIXELS) + 1


def _draw_corner(
    clip: TruthClip, whole: np.ndarray, edges: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    return _place(_centre_of_people(clip, rng), whole, edges, 0.25, rng)


def _place(
    middle: np.ndarray,
    whole: np.ndarray,
    edges: np.ndarray,
    play: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the corner of a window about `middle`, off by a share `play` of it, in the picture."""
    corner = middle - edges * rng.uniform(0.5 - play, 0.5 + play, 2)
    return corner.clip(0, whole - edges).astype(int)


def _centre_of_people(clip: TruthClip, rng: np.random.Generator) -> np.ndarray:
    height, width = clip.rgb.shape[1:3]
    people = clip.truth["instance"].any(0)
    if not people.any() or rng.random() < _ASTRAY:
        return rng.uniform(0, (width, height))
    rows, columns = np.nonzero(people.any(1))[0], np.nonzero(people.any(0))[0]
    return np.array([columns[0] + columns[-1], rows[0] + rows[-1]]) / 2


def augment(sample: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Mirror, reverse and recolour a sample in place, each now and then."""
    if rng.random() < 0.5:
        _mirror(sample)
    if len(sample["video"]) > 1 and rng.random() < 0.3:
        for name in sample:
            sample[name] = sample[name][::-1]
    if rng.random() < 0.6:
        sample["video"] = _photometric(sample["video"], rng)


def _mirror(sample: dict[str, np.ndarray]) -> None:
    """Flip left and right: pixels, x components, and which landmark is which."""
    for name in ("video", "matte", "people", "depth", "depth_valid", "normals", "dense_pose"):
        sample[name] = sample[name][:, :, ::-1].copy()
    sample["normals"][..., 0] *= -1
    on_people = sample["people"][..., 0] > 0
    sample["dense_pose"][..., 0] = np.where(on_people, -sample["dense_pose"][..., 0], -1)
    order = list(skeleton.MIRROR)
    for name in ("image_points", "body_points"):
        sample[name] = sample[name][:, order]
        sample[name][..., 0] *= -1
    for name in ("visible", "labelled"):
        sample[name] = sample[name][:, order]


def _photometric(video: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    mean = video.mean()
    video = (video - mean) * rng.uniform(0.6, 1.4) + mean + rng.normal(0, 0.15)
    video = video + rng.normal(0, 0.08, 3)
    if rng.random() < 0.1:
        video = np.broadcast_to(video.mean(-1, keepdims=True), video.shape)
    return np.clip(video, -1, 1).astype(np.float32)
