# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a ground-truth clip to what a model is trained on: resized, augmented, painted targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import cv2
import numpy as np
import torch

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.clips.clip import StoredClip
from thfm_ros.perception import IN_IMAGE, LandmarkState
from thfm_ros.tasks import DENSE, STANDARD_MAPS, DenseTask, Planes, Target
from thfm_ros.training.augmentation import augment, zoom

_MOST_PEOPLE = 8
_FEWEST_SHARE = 0.004
"""Of the picture; of whom less is seen is not looked for (as runtime/scene/instances.py)."""
_NEAREST = 0.05
"""Metres; nothing is nearer, so that such a depth says that none is known."""


@dataclass
class Batch:
    """Training tensors. Maps are [B, C, T, H, W], painted RGB in -1..1.

    video:       the input
    maps:        of each dense task, in its unit (`DenseTask.target`)
    valid:       of each dense task, [B, 1, ...], 1 where its map is known
    people:      [B, 1, ...] 1 where a person is
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
    maps: dict[str, torch.Tensor]
    valid: dict[str, torch.Tensor]
    people: torch.Tensor
    image_points: torch.Tensor
    body_points: torch.Tensor
    visible: torch.Tensor
    labelled: torch.Tensor
    person: torch.Tensor
    centres: torch.Tensor
    present: torch.Tensor
    span: torch.Tensor

    def target(self, task: DenseTask) -> Target:
        """Return what a dense task's prediction is compared with."""
        values = self.maps[task.name]
        return Target(values, task.paint(values), self.valid[task.name], self.people)

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(**{name: _to(value, device) for name, value in vars(self).items()})


def _to(value: torch.Tensor | dict, device: torch.device) -> torch.Tensor | dict:
    if isinstance(value, dict):
        return {name: tensor.to(device) for name, tensor in value.items()}
    return value.to(device)


def make_batch(
    clips: list[StoredClip],
    size: tuple[int, int],
    rng: np.random.Generator | None,
    more: Iterable[str] = (),
) -> Batch:
    """Build a batch of clips of equal length at a size (width, height); augment if rng is given.

    more: dense tasks beside the standard ones that have targets
    """
    tasks = [*STANDARD_MAPS.values(), *(DENSE[name] for name in more if name not in STANDARD_MAPS)]
    samples = [_sample(clip, size, rng, tasks) for clip in clips]

    def stacked(values: list[np.ndarray]) -> torch.Tensor:
        return torch.from_numpy(np.stack(values))

    def joined(name: str) -> torch.Tensor | dict[str, torch.Tensor]:
        if isinstance(samples[0][name], dict):
            return {key: stacked([s[name][key] for s in samples]) for key in samples[0][name]}
        return stacked([s[name] for s in samples])

    return Batch(**{field.name: joined(field.name) for field in fields(Batch)})


def _sample(
    clip: StoredClip,
    size: tuple[int, int],
    rng: np.random.Generator | None,
    tasks: list[DenseTask],
) -> dict[str, np.ndarray | dict[str, np.ndarray]]:
    if rng is not None:
        clip = zoom(clip, size, rng)
    rotation = _picture_from_camera(clip)
    planes = _planes(clip, size, rotation)
    targets = {task.name: task.target(planes) for task in tasks}
    sample = {
        "video": _resized(clip.rgb, size).astype(np.float32) / 127.5 - 1,
        "people": planes.people[..., None].astype(np.float32),
        "maps": {name: values for name, (values, _) in targets.items()},
        "valid": {
            name: known[..., None].astype(np.float32) for name, (_, known) in targets.items()
        },
        "span": _log_span(clip, planes.median),
        **_landmarks(clip, rotation),
        **_centres(clip.instance),
    }
    if rng is not None:
        augment(sample, rng)
    pixels = "video", "people", "maps", "valid"
    return {name: _channels_first(v) if name in pixels else _plain(v) for name, v in sample.items()}


def _channels_first(value: np.ndarray | dict) -> np.ndarray | dict:
    """[T, H, W, C] -> [C, T, H, W], of each value of a dictionary."""
    if isinstance(value, dict):
        return {name: _channels_first(values) for name, values in value.items()}
    return _plain(np.moveaxis(value, -1, 0))


def _plain(value: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(value, np.float32)


def _planes(clip: StoredClip, size: tuple[int, int], rotation: np.ndarray) -> Planes:
    """Bring a clip's ground truth to a size (width, height).

    rotation: [T, 3, 3], of directions, into the axes that the picture shows
    """
    matte = _resized(clip.mask, size).astype(np.float32) / 255
    people = matte > 0.5
    nearest = {
        name: np.stack(
            [
                cv2.resize(x, size, interpolation=cv2.INTER_NEAREST_EXACT)
                for x in getattr(clip, name)
            ]
        )
        for name in ("depth", "normals", "dense_pose", "part")
    }
    depth = _metres(nearest["depth"])
    normals = nearest["normals"].astype(np.float32) / 127
    return Planes(
        matte=matte,
        people=people,
        depth=depth,
        median=_median_depth(depth, people),
        normals=normals @ rotation[:, None].swapaxes(-1, -2),
        dense_pose=nearest["dense_pose"].astype(np.float32) / 255,
        part=nearest["part"],
    )


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


def _log_span(clip: StoredClip, median: float | None) -> np.ndarray:
    """Return the logarithm of how many metres wide each frame [T] is at a depth."""
    focal = clip.intrinsics[:, 0]
    known = np.full(clip.frames, median is not None)
    return np.log(clip.rgb.shape[2] * (median or 1.0) / focal) * known


def _picture_from_camera(clip: StoredClip) -> np.ndarray:
    """Return each frame's rotation [T, 3, 3] into the axes that its picture shows.

    Where the optical axis is cannot be seen in a window of a picture: directions are told as a
    camera would see them that looks at its middle, and the runtime turns them back.
    """
    height, width = clip.rgb.shape[1:3]
    middle = (width - 1) / 2, (height - 1) / 2
    cameras = (Intrinsics(*values, width, height) for values in clip.intrinsics.tolist())
    return np.stack([camera.facing(middle).T for camera in cameras]).astype(np.float32)


def _landmarks(clip: StoredClip, rotation: np.ndarray) -> dict[str, np.ndarray]:
    width, height = clip.size
    frames = clip.frames
    if clip.landmarks2d.shape[1] == 0:
        zero = np.zeros((frames, skeleton.COUNT), np.float32)
        return {
            "image_points": np.zeros((frames, skeleton.COUNT, 2), np.float32),
            "body_points": np.zeros((frames, skeleton.COUNT, 3), np.float32),
            "visible": zero,
            "labelled": zero,
            "person": np.zeros(frames, np.float32),
        }
    who = most_visible(clip.instance, clip.landmarks2d.shape[1])
    pixels, metres = clip.landmarks2d[:, who], clip.landmarks3d[:, who]
    state = clip.landmark_state[:, who]
    seen = (clip.instance == who + 1).any((1, 2))
    labelled = np.isin(state, IN_IMAGE) & seen[:, None]
    relative = metres - metres[:, skeleton.HIPS].mean(1, keepdims=True)
    return {
        "image_points": ((pixels + 0.5) / (width, height) * 2 - 1).astype(np.float32),
        "body_points": relative @ rotation.swapaxes(-1, -2),
        "visible": ((state == LandmarkState.VISIBLE) & seen[:, None]).astype(np.float32),
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
