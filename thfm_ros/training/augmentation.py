# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Random changes that keep a clip true to its labels: windows, mirror, reverse, recolour."""

from __future__ import annotations

from dataclasses import fields, replace

import cv2
import numpy as np

from thfm_ros import skeleton
from thfm_ros.clips.clip import StoredClip
from thfm_ros.perception import LandmarkState
from thfm_ros.region import ENLARGED, others_around, paint_over
from thfm_ros.tasks import DENSE

_CLOSEST = 0.4
_ZOOMED = 0.7
_ASTRAY = 0.1
"""Share of windows that look anywhere: the model must know a crop that shows nobody."""
_ALONE = 0.4
"""Share of windows on several people that show one of them alone."""
_OTHER_PROPORTIONS = 0.3
"""Share of windows that get black bars; the narrowest has so much of the network's width."""
_NARROWEST = 0.5
_FEWEST_PIXELS = 200
_ROOMIEST = 1.6
_SWEEP = 0.15


def zoom(clip: StoredClip, size: tuple[int, int], rng: np.random.Generator) -> StoredClip:
    """Cut a random window out of a clip, the same in all frames, mostly around people.

    size: (width, height) of what the network will see, whose proportions the result has: windows
    of other proportions get black bars, as the runtime gives them to other cameras and to crops
    at a picture's edge
    """
    people = _people(clip)
    if len(people) > 1 and rng.random() < _ALONE:
        return single_out(clip, rng.choice(people), size, rng)
    whole = np.array(clip.rgb.shape[2:0:-1])
    shape = np.array(size) * _draw_proportions(rng)
    zoomed = rng.random() < _ZOOMED
    edges = _draw_edges(whole, shape, rng) if zoomed else _largest(whole, shape)
    if (edges < whole).any():
        clip = cut(clip, (*_draw_corner(clip, whole, edges, rng), *edges))
    return letterbox(clip, size)


def single_out(
    clip: StoredClip, who: int, size: tuple[int, int], rng: np.random.Generator
) -> StoredClip:
    """Cut a window around one of several people and paint the others over, as the runtime does.

    who: the person's number in `instance`; size: whose proportions the window has
    """
    whole = np.array(clip.rgb.shape[2:0:-1])
    x, y, width, height = cv2.boundingRect((clip.instance == who).any(0).view(np.uint8))
    largest = _largest(whole, size)
    share = max((width, height) / largest) * rng.uniform(1.0, _ROOMIEST)
    edges = np.round(np.clip(share, _smallest(largest, size), 1.0) * largest).astype(int)
    middle = np.array((x + width / 2, y + height / 2))
    corner = _place(middle, whole, edges, 0.05, rng)
    part = cut(clip, (*corner, *edges))
    box = (x - corner[0], y - corner[1], width, height)
    others = np.stack([others_around(box, mask / 255) > 0 for mask in part.mask])
    rgb = [paint_over(image[None], there) for image, there in zip(part.rgb, others, strict=True)]
    return replace(
        part,
        rgb=np.concatenate(rgb),
        mask=np.where(others, 0, part.mask),
        instance=np.where(others, 0, part.instance),
    )


def pan(
    clip: StoredClip, frames: int, size: tuple[int, int], rng: np.random.Generator
) -> StoredClip:
    """Make a clip of a single frame: a window that moves steadily over it, as a turning camera."""
    whole = np.array(clip.rgb.shape[2:0:-1])
    edges = _draw_edges(whole, size, rng)
    first = _draw_corner(clip, whole, edges, rng)
    last = (first + edges * rng.uniform(-_SWEEP, _SWEEP, 2)).clip(0, whole - edges)
    steps = np.linspace(first, last, frames).astype(int)
    parts = [cut(clip, (*corner, *edges)) for corner in steps]
    joined = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(clip)
        if field.name != "about"
    }
    return replace(clip, **joined)


def cut(clip: StoredClip, box: tuple[int, int, int, int]) -> StoredClip:
    """Cut a box (x, y, width, height) out of every frame; landmarks move along."""
    x, y, width, height = box
    rows, columns = slice(y, y + height), slice(x, x + width)
    landmarks = clip.landmarks2d - np.array([x, y], np.float32)
    outside = ((landmarks + 0.5 < 0) | (landmarks + 0.5 > (width, height))).any(-1)
    state = np.where(
        outside & (clip.landmark_state > 0),
        np.uint8(LandmarkState.OUT_OF_VIEW),
        clip.landmark_state,
    )
    return replace(
        clip.with_pixels(lambda values: values[:, rows, columns]),
        landmarks2d=landmarks,
        landmark_state=state,
        intrinsics=clip.intrinsics - np.array([0, 0, x, y], np.float32),
    )


def letterbox(clip: StoredClip, size: tuple[int, int]) -> StoredClip:
    """Put black bars around every frame until it has the proportions of a size (width, height)."""
    height, width = clip.rgb.shape[1:3]
    tall = max(height, round(width * size[1] / size[0]))
    wide = max(width, round(height * size[0] / size[1]))
    left, above = (wide - width) // 2, (tall - height) // 2
    if not (tall - height or wide - width):
        return clip
    bars = ((0, 0), (above, tall - height - above), (left, wide - width - left))

    def padded(value: np.ndarray) -> np.ndarray:
        return np.pad(value, bars + ((0, 0),) * (value.ndim - 3))

    return replace(
        clip.with_pixels(padded),
        landmarks2d=clip.landmarks2d + np.array([left, above], np.float32),
        intrinsics=clip.intrinsics + np.array([0, 0, left, above], np.float32),
    )


def _draw_proportions(rng: np.random.Generator) -> tuple[float, float]:
    """Draw how a window is wider or taller than what the network sees; mostly it is not."""
    if rng.random() > _OTHER_PROPORTIONS:
        return 1.0, 1.0
    other = rng.uniform(_NARROWEST, 1.0)
    return (other, 1.0) if rng.random() < 0.5 else (1.0, other)


def _largest(whole: np.ndarray, shape: np.ndarray | tuple[int, int]) -> np.ndarray:
    """Return the edges of the largest window of a shape's proportions in a picture."""
    return np.floor(np.array(shape) * (whole / shape).min()).astype(int)


def _draw_edges(
    whole: np.ndarray, shape: np.ndarray | tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    largest = _largest(whole, shape)
    return np.round(rng.uniform(_smallest(largest, shape), 1.0) * largest).astype(int)


def _smallest(largest: np.ndarray, shape: np.ndarray | tuple[int, int]) -> float:
    """Return the least share of the largest window's edges that a window may have."""
    return min(1.0, max(_CLOSEST, *(np.array(shape) / ENLARGED / largest)))


def _people(clip: StoredClip) -> np.ndarray:
    """Return the numbers in `instance` of those of whom enough is seen."""
    return np.flatnonzero(np.bincount(clip.instance.ravel())[1:] >= _FEWEST_PIXELS) + 1


def _draw_corner(
    clip: StoredClip, whole: np.ndarray, edges: np.ndarray, rng: np.random.Generator
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


def _centre_of_people(clip: StoredClip, rng: np.random.Generator) -> np.ndarray:
    height, width = clip.rgb.shape[1:3]
    people = clip.instance.any(0)
    if not people.any() or rng.random() < _ASTRAY:
        return rng.uniform(0, (width, height))
    rows, columns = np.nonzero(people.any(1))[0], np.nonzero(people.any(0))[0]
    return np.array([columns[0] + columns[-1], rows[0] + rows[-1]]) / 2


def augment(sample: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Mirror, reverse and recolour a sample in place, each now and then."""
    if rng.random() < 0.5:
        _mirror(sample)
    if len(sample["video"]) > 1 and rng.random() < 0.3:
        for name, value in sample.items():
            sample[name] = _reversed(value)
    if rng.random() < 0.6:
        sample["video"] = _photometric(sample["video"], rng)


def _reversed(value: np.ndarray | dict) -> np.ndarray | dict:
    if isinstance(value, dict):
        return {name: values[::-1] for name, values in value.items()}
    return value[::-1]


def _mirror(sample: dict[str, np.ndarray]) -> None:
    """Flip left and right: pixels, x components, and which landmark is which."""
    for name in ("video", "people"):
        sample[name] = sample[name][:, :, ::-1].copy()
    people = sample["people"][..., 0] > 0
    for kind in ("maps", "valid"):
        for name, values in sample[kind].items():
            sample[kind][name] = values[:, :, ::-1].copy()
    for name, values in sample["maps"].items():
        sample["maps"][name] = DENSE[name].mirrored(values, people)
    order = list(skeleton.MIRROR)
    for name in ("image_points", "body_points"):
        sample[name] = sample[name][:, order]
        sample[name][..., 0] *= -1
    for name in ("visible", "labelled"):
        sample[name] = sample[name][:, order]
    sample["centres"] = sample["centres"] * np.float32([-1, 1])


def _photometric(video: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change contrast, brightness, gamma and colours; blur and noise now and then; -1..1."""
    if rng.random() < 0.3:
        video = 2 * np.clip((video + 1) / 2, 0, 1) ** np.exp(rng.uniform(-0.6, 0.6)) - 1
    mean = video.mean()
    video = (video - mean) * rng.uniform(0.6, 1.4) + mean + rng.normal(0, 0.15)
    video = video + rng.normal(0, 0.08, 3)
    if rng.random() < 0.3:
        grey = video.mean(-1, keepdims=True)
        video = grey + (video - grey) * rng.uniform(0.2, 1.6)
    if rng.random() < 0.1:
        video = np.broadcast_to(video.mean(-1, keepdims=True), video.shape)
    if rng.random() < 0.15:
        width = rng.uniform(0.4, 1.2)
        video = np.stack([cv2.GaussianBlur(frame, (0, 0), width) for frame in video])
    if rng.random() < 0.2:
        video = video + rng.normal(0, rng.uniform(0.02, 0.12), video.shape)
    return np.clip(video, -1, 1).astype(np.float32)
