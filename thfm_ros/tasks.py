# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is predicted: the six tasks, their prompts and units, and how dense targets become RGB.

A dense task is painted as an RGB video in -1..1, so that a video codec can carry it; decoding reads
the map back from the (imperfect) colours. All functions are elementwise or reduce over the colour
axis, work on torch tensors of any device, and are safe to capture in a CUDA graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from thfm_ros.depth_code import DepthCode


@dataclass(frozen=True)
class Task:
    """One thing that the model predicts.

    prompt: selects the task in the transformer's cross-attention
    dense:  True = a map through the video codec, False = landmarks from tokens
    unit:   of the decoded values
    """

    name: str
    prompt: str
    dense: bool
    unit: str


TASKS = {
    task.name: task
    for task in (
        Task("depth", "Input: RGB. Output: Depth.", True, "multiples of the clip's median depth"),
        Task("normals", "Input: RGB. Output: Surface Normal.", True, "unit vector, optical frame"),
        Task("mask", "Input: RGB. Output: Foreground Mask.", True, "soft coverage, 0..1"),
        Task("dense_pose", "Input: RGB. Output: Dense Pose.", True, "canonical position, 0..1"),
        Task("keypoints2d", "Input: RGB. Output: Keypoints.", False, "pixels of the source image"),
        Task("keypoints3d", "Input: RGB. Output: Keypoints.", False, "metres, optical frame"),
    )
}
"""The first two prompts are GenCeption's; THFM's other strings are not public, ours follow them."""

DENSE = tuple(task.name for task in TASKS.values() if task.dense)
SPARSE = tuple(task.name for task in TASKS.values() if not task.dense)
NEUTRAL_PROMPT = "Input: RGB."
"""Runs through the blocks that a checkpoint shares between tasks (`shared_blocks`)."""


def check_tasks(names: tuple[str, ...], field: str = "tasks") -> None:
    """Raise ValueError unless names are known, distinct and at least one."""
    unknown = [name for name in names if name not in TASKS]
    if unknown or not names or len(set(names)) != len(names):
        raise ValueError(f"{field} is {list(names)}, allowed are distinct names of {list(TASKS)}")


def encode_normals(normals: torch.Tensor) -> torch.Tensor:
    """Paint unit normals [..., 3, T, H, W] as RGB: x, y, z are red, green, blue in -1..1.

    Frame: optical (REP-103: x right, y down, z forward), so a surface that faces the camera has
    z < 0. A zero vector (no surface) stays black-grey 0.
    """
    return normals


def decode_normals(rgb: torch.Tensor) -> torch.Tensor:
    """Read unit normals [..., 3, T, H, W] from RGB of the same shape."""
    return F.normalize(rgb, dim=-4, eps=1e-4)


def encode_mask(mask: torch.Tensor) -> torch.Tensor:
    """Paint a soft matte [..., T, H, W] in 0..1 as grey RGB [..., 3, T, H, W]."""
    return (mask * 2 - 1).unsqueeze(-4).expand(*mask.shape[:-3], 3, *mask.shape[-3:])


def decode_mask(rgb: torch.Tensor) -> torch.Tensor:
    """Read a soft matte [..., T, H, W] in 0..1 from RGB [..., 3, T, H, W]."""
    return (rgb.mean(-4) * 0.5 + 0.5).clamp(0, 1)


def encode_dense_pose(position: torch.Tensor) -> torch.Tensor:
    """Paint canonical body positions [..., 3, T, H, W] in 0..1 as RGB; 0 0 0 means no body."""
    return position * 2 - 1


def decode_dense_pose(rgb: torch.Tensor) -> torch.Tensor:
    """Read canonical body positions [..., 3, T, H, W] in 0..1 from RGB of the same shape."""
    return (rgb * 0.5 + 0.5).clamp(0, 1)


def decode_dense(name: str, rgb: torch.Tensor, depth_code: DepthCode) -> torch.Tensor:
    """Read the map of a dense task from RGB [..., 3, T, H, W] in -1..1."""
    decoders = {
        "depth": depth_code.decode,
        "normals": decode_normals,
        "mask": decode_mask,
        "dense_pose": decode_dense_pose,
    }
    if name not in decoders:
        raise ValueError(f"dense task is {name!r}, allowed is one of {DENSE}")
    return decoders[name](rgb)
