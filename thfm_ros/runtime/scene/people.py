# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From token values to people: landmarks in source pixels, states and confidences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from thfm_ros import skeleton
from thfm_ros.model.config import TokenGroup
from thfm_ros.perception import LandmarkState, Person
from thfm_ros.region import Region
from thfm_ros.runtime.scene.span import metres_per_pixel
from thfm_ros.tasks.layout import BODY

_VISIBLE = 0.5
_CERTAIN = 10.0
"""The logit of landmarks whose weights give no confidence (THFM's own token groups)."""


def read_people(
    outputs: dict[str, np.ndarray],
    groups: tuple[TokenGroup, ...],
    region: Region,
    min_score: float,
    min_confidence: float,
    rotation: np.ndarray | None = None,
) -> tuple[Person, ...]:
    """Read one frame's token values, {group: [joints, values]}, whatever their layout.

    Groups that say nothing of landmarks ("opaque") are passed over.

    rotation: as of `read_body`
    """
    values = body_values(outputs, groups)
    if values is None:
        return ()
    people = read_body(values, region, min_score, min_confidence, rotation)
    predicted = metres_per_pixel(outputs, groups, region)
    if predicted is None or np.isnan(predicted):
        return people
    return tuple(replace(person, metres_per_pixel=float(predicted)) for person in people)


def body_values(
    outputs: dict[str, np.ndarray], groups: tuple[TokenGroup, ...]
) -> np.ndarray | None:
    """Return token values as a body group's [..., 34, 6], whatever their layout; None without any.

    outputs: {group: [..., joints, values]}. Where there is no confidence, everything is certain.
    """
    found = {group.meaning: outputs[group.name] for group in groups if group.name in outputs}
    if "body" in found:
        return found["body"]
    if not {"landmarks2d", "landmarks3d"} <= found.keys():
        return None
    flat = found["landmarks2d"]
    values = np.full((*flat.shape[:-2], BODY.rows, BODY.columns), _CERTAIN, np.float32)
    BODY.image_points(values)[:] = flat
    BODY.body_points(values)[:] = found["landmarks3d"]
    return values


def read_body(
    values: np.ndarray,
    region: Region,
    min_score: float,
    min_confidence: float,
    rotation: np.ndarray | None = None,
) -> tuple[Person, ...]:
    """Read the body tokens of one frame, values [34, 6] as of `BODY` -> at most one person.

    Nobody is returned below `min_score`; landmarks below `min_confidence`, and what the network
    gives as NaN, are ABSENT and NaN.

    rotation: [3, 3] from the region's axes to the camera's
    """
    broken = ~np.isfinite(values).all(-1)
    values = np.where(broken[:, None], 0.0, values)
    broken_points = broken[: BODY.points]
    score = float(probability(BODY.presence(values)))
    # Without the hips there is nothing that 3D could be relative to.
    if score < min_score or broken[BODY.points] or broken[skeleton.HIPS].any():
        return ()
    confidence = np.where(broken_points, 0.0, probability(BODY.visibility(values)))
    pixels = image_pixels(values, region).astype(np.float32)
    state = landmark_states(pixels, confidence, min_confidence, region.source)
    state[broken_points] = LandmarkState.ABSENT
    absent = state == LandmarkState.ABSENT
    relative = BODY.body_points(values).astype(np.float32)
    relative = relative - relative[skeleton.HIPS].mean(0)
    if rotation is not None:
        relative = relative @ rotation.T.astype(np.float32)
    return (
        Person(
            score=score,
            pixels=np.where(absent[:, None], np.float32(np.nan), pixels),
            relative=np.where(absent[:, None], np.float32(np.nan), relative),
            confidence=confidence.astype(np.float32),
            state=state,
            box=landmark_box(pixels[~broken_points], region.source),
        ),
    )


def image_pixels(values: np.ndarray, region: Region) -> np.ndarray:
    """Return where landmarks of body tokens [..., 34, 6] are, [..., 33, 2] pixels of the source."""
    target = (BODY.image_points(values) + 1) * 0.5 * region.target - 0.5
    return region.pixels_to_source(target)


def landmark_states(
    pixels: np.ndarray, confidence: np.ndarray, min_confidence: float, size: tuple[int, int]
) -> np.ndarray:
    """Return LandmarkState of each landmark, uint8 [33], from its position and confidence."""
    state = np.full(len(pixels), LandmarkState.OCCLUDED, np.uint8)
    state[confidence >= _VISIBLE] = LandmarkState.VISIBLE
    state[~_inside(pixels, size)] = LandmarkState.OUT_OF_VIEW
    state[confidence < min_confidence] = LandmarkState.ABSENT
    return state


def landmark_box(pixels: np.ndarray, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return x, y, width, height of the landmarks' bounding box, cut to the image."""
    low = np.clip(np.floor(pixels.min(0)), 0, np.array(size) - 1)
    high = np.clip(np.ceil(pixels.max(0)), 0, np.array(size) - 1)
    return int(low[0]), int(low[1]), int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1


def cut_to_image(person: Person, size: tuple[int, int]) -> Person:
    """Cut the box of somebody who may have left the image; what is beyond it is out of view.

    Of whoever is wholly outside, a pixel at the nearest border remains.
    """
    x, y, width, height = person.box
    box = landmark_box(np.array(((x, y), (x + width - 1, y + height - 1)), np.float64), size)
    state = person.state.copy()
    beyond = (state != LandmarkState.ABSENT) & ~_inside(person.pixels, size)
    state[beyond] = LandmarkState.OUT_OF_VIEW
    return replace(person, box=box, state=state)


def probability(logits: np.ndarray) -> np.ndarray:
    """Return what the confidence column of body tokens says, 0..1; no logit overflows."""
    return 0.5 * (1 + np.tanh(0.5 * logits))


def _inside(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return which pixels [..., 2] lie in the image; NaN does not."""
    return ((pixels >= -0.5) & (pixels < np.array(size) - 0.5)).all(-1)
