# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a ground-truth clip to what a model is trained on: resized, augmented, painted targets."""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
import torch

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.depth_code import DepthCode
from thfm_ros.training.augmentation import augment, zoom
from thfm_ros.training.shards import TruthClip

_VISIBLE, _OCCLUDED = 1, 2
_POINTS = ("image_points", "body_points", "centres")
_MOST_PEOPLE = 8
_FEWEST_SHARE = 0.004
"""Of the picture; of whom less is seen is not looked for (as runtime/instances.py)."""
_DEPTH_RANGE = 4.0
_NEAREST = 0.05
_HIPS = [skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]]


@dataclass
class Batch:
    """Training tensors. Maps are [B, C, T, H, W], painted RGB in -1..1.

    video:       the input
    matte:       [B, 1, ...] soft coverage of all people, 0..1
    people:      [B, 1, ...] 1 where a person is
    depth:       [B, 1, ...] the depth code's value, 0..1; depth_valid: 1 where it is known
    normals:     [B, 3, ...] unit vectors on people, 0 elsewhere, in the axes of a camera that looks
                 at the picture's middle
    dense_pose:  [B, 3, ...] canonical positions, -1..1 on people, -1 elsewhere
    image_points: [B, T, 33, 2] landmarks of the most visible person, -1..1 of the image
    body_points: [B, T, 33, 3] metres from the centre of the hips, in the same axes
    visible, labelled: [B, T, 33] 1 where the landmark is seen; where it is inside the image
    person:      [B, T] 1 where somebody is there
    centres:     [B, T, 8, 2] the middle of what is seen of each person, -1..1 of the image
    present:     [B, T, 8] 1 where there is such a person
    span:        [B, T] natural logarithm of how many metres wide the picture is at the people's
                 median depth; 0 where that is not known
    """

    video: torch.Tensor
    matte: torch.Tensor
    people: torch.Tensor
    depth: torch.Tensor
    depth_valid: torch.Tensor
    normals: torch.Tensor
    dense_pose: torch.Tensor
    image_points: torch.Tensor
    body_points: torch.Tensor
    visible: torch.Tensor
    labelled: torch.Tensor
    person: torch.Tensor
    centres: torch.Tensor
    present: torch.Tensor
    span: torch.Tensor

    def painted(self, task: str) -> torch.Tensor:
        """Return the target RGB [B, 3, T, H, W] of a dense task."""
        if task == "depth":
            far = torch.ones_like(self.depth)
            value = torch.where(self.people > 0, self.depth, far)
            return (value * 2 - 1).expand(-1, 3, -1, -1, -1)
        if task == "mask":
            return (self.matte * 2 - 1).expand(-1, 3, -1, -1, -1)
        return {"normals": self.normals, "dense_pose": self.dense_pose}[task]


def make_batch(
    clips: list[TruthClip], size: tuple[int, int], code: DepthCode, rng: np.random.Generator | None
) -> Batch:
    """Build a batch of clips of equal length at a size (width, height); augment if rng is given."""
    samples = [_sample(clip, size, code, rng) for clip in clips]
    names = [field.name for field in fields(Batch)]
    return Batch(**{n: torch.from_numpy(np.stack([s[n] for s in samples])) for n in names})


def _sample(
    clip: TruthClip, size: tuple[int, int], code: DepthCode, rng: np.random.Generator | None
) -> dict[str, np.ndarray]:
    if rng is not None:
        clip = zoom(clip, size, rng)
    truth = clip.truth
    rgb, matte = _resized(clip.rgb, size), _resized(truth["mask"], size)
    nearest = {
        name: np.stack(
            [cv2.resize(x, size, interpolation=cv2.INTER_NEAREST_EXACT) for x in truth[name]]
        )
        for name in ("depth", "normals", "dense_pose")
    }
    matte = matte.astype(np.float32) / 255
    people = matte > 0.5
    turn = _picture_from_camera(clip)
    normals = nearest["normals"].astype(np.float32) / 127
    normals = normals @ turn[:, None].swapaxes(-1, -2)
    normals *= people[..., None] / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-3)
    pose = nearest["dense_pose"].astype(np.float32) / 127.5 - 1
    pose = np.where(people[..., None], pose, np.float32(-1))
    metres = _metres(nearest["depth"])
    median = _median_depth(metres, people)
    depth, valid = _depth_value(metres, median, people, code)
    sample = {
        "video": rgb.astype(np.float32) / 127.5 - 1,
        "matte": matte[..., None],
        "people": people[..., None].astype(np.float32),
        "depth": depth[..., None],
        "depth_valid": valid[..., None].astype(np.float32),
        "normals": normals,
        "dense_pose": pose,
        "span": _log_span(clip, median),
        **_landmarks(clip, turn),
        **_centres(truth["instance"]),
    }
    if rng is not None:
        augment(sample, rng)
    for name, value in sample.items():
        if value.ndim == 4 and name not in _POINTS:
            sample[name] = np.ascontiguousarray(np.moveaxis(value, -1, 0))
    return {name: np.ascontiguousarray(value, np.float32) for name, value in sample.items()}


def _resized(frames: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize frames as the runtime does: averaged where they shrink, interpolated where they grow.

    cv2.INTER_AREA alone would repeat pixels where they grow.
    """
    shrinks = frames.shape[2] > size[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.stack([cv2.resize(frame, size, interpolation=how) for frame in frames])


def _metres(depth: np.ndarray) -> np.ndarray:
    return depth.astype(np.float32) / (1000 if depth.dtype == np.uint16 else 1)


def _median_depth(depth: np.ndarray, people: np.ndarray) -> float | None:
    """Return the median depth of all people in all frames, metres; None where none is known."""
    known = people & (depth > _NEAREST)
    return float(np.median(depth[known])) if known.any() else None


def _log_span(clip: TruthClip, median: float | None) -> np.ndarray:
    """Return the logarithm of how many metres wide each frame [T] is at a depth."""
    focal = clip.truth["intrinsics"][:, 0]
    known = np.full(clip.frames, median is not None)
    return np.log(clip.rgb.shape[2] * (median or 1.0) / focal) * known


def _depth_value(
    depth: np.ndarray, median: float | None, people: np.ndarray, code: DepthCode
) -> tuple[np.ndarray, np.ndarray]:
    """Paint depth relative to the people's median; pixels far off it are background, not people."""
    known = people & (depth > _NEAREST)
    ratio = np.where(known, depth / (median or 1.0), 1.0).astype(np.float32)
    valid = known & (ratio < _DEPTH_RANGE) & (ratio > 1 / _DEPTH_RANGE)
    return code.value(torch.from_numpy(ratio)).numpy(), valid


def _picture_from_camera(clip: TruthClip) -> np.ndarray:
    """Return each frame's rotation [T, 3, 3] into the axes that its picture shows.

    Where the optical axis is cannot be seen in a window of a picture: directions are told as a
    camera would see them that looks at its middle, and the runtime turns them back.
    """
    height, width = clip.rgb.shape[1:3]
    middle = (width - 1) / 2, (height - 1) / 2
    cameras = (Intrinsics(*values, width, height) for values in clip.truth["intrinsics"].tolist())
    return np.stack([camera.facing(middle).T for camera in cameras]).astype(np.float32)


def _landmarks(clip: TruthClip, turn: np.ndarray) -> dict[str, np.ndarray]:
    truth, (height, width) = clip.truth, clip.rgb.shape[1:3]
    frames = clip.frames
    if truth["landmarks2d"].shape[1] == 0:
        zero = np.zeros((frames, skeleton.COUNT), np.float32)
        return {
            "image_points": np.zeros((frames, skeleton.COUNT, 2), np.float32),
            "body_points": np.zeros((frames, skeleton.COUNT, 3), np.float32),
            "visible": zero,
            "labelled": zero,
            "person": np.zeros(frames, np.float32),
        }
    who = most_visible(truth["instance"], truth["landmarks2d"].shape[1])
    pixels, metres = truth["landmarks2d"][:, who], truth["landmarks3d"][:, who]
    state = truth["landmark_state"][:, who]
    seen = (truth["instance"] == who + 1).any((1, 2))
    labelled = np.isin(state, (_VISIBLE, _OCCLUDED)) & seen[:, None]
    return {
        "image_points": ((pixels + 0.5) / (width, height) * 2 - 1).astype(np.float32),
        "body_points": (metres - metres[:, _HIPS].mean(1, keepdims=True)) @ turn.swapaxes(-1, -2),
        "visible": ((state == _VISIBLE) & seen[:, None]).astype(np.float32),
        "labelled": labelled.astype(np.float32),
        "person": seen.astype(np.float32),
    }


def _centres(instance: np.ndarray) -> dict[str, np.ndarray]:
    """Return the middle of the pixels of each of a clip's first people [T, 8, 2], and who is seen.

    instance: [T, H, W], 1, 2, ... = person
    """
    frames, height, width = instance.shape
    centres = np.zeros((frames, _MOST_PEOPLE, 2), np.float32)
    present = np.zeros((frames, _MOST_PEOPLE), np.float32)
    for frame, who in enumerate(instance):
        for person in range(min(_MOST_PEOPLE, int(who.max(initial=0)))):
            rows, columns = np.nonzero(who == person + 1)
            if len(rows) >= _FEWEST_SHARE * who.size:
                spot = np.array([columns.mean(), rows.mean()]) + 0.5
                centres[frame, person] = spot / (width, height) * 2 - 1
                present[frame, person] = 1
    return {"centres": centres, "present": present}


def most_visible(instance: np.ndarray, people: int) -> int:
    """Return the index of the person with the most pixels: whom the one skeleton is of."""
    return int(np.argmax(np.bincount(instance.ravel(), minlength=people + 1)[1 : people + 1]))
