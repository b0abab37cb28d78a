# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a model makes of some clips, beside what it should make of them: for TensorBoard."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from thfm_ros.model.config import TokenGroup
from thfm_ros.model.thfm import Thfm
from thfm_ros.training.samples import Batch

_TRUTH, _PREDICTED = (255, 255, 255), (80, 255, 80)
_SCALE = 2


@torch.no_grad()
def draw_grid(model: Thfm, batch: Batch) -> np.ndarray:
    """Draw one row per clip, from its last frame, as uint8 [H, W, 3].

    A row shows the input with landmarks (truth white, prediction green), then for each dense task
    its painted target and its prediction.
    """
    tasks = model.config.tasks
    outputs = model(batch.video, tasks)
    columns = [_with_landmarks(batch, outputs.tokens, model.config.tokens)]
    for name, task in model.config.dense_tasks.items():
        columns += [_colours(task.paint(batch.maps[name])), _colours(outputs.dense[name])]
    return np.concatenate([np.concatenate(column, 0) for column in columns], 1)


def _colours(video: torch.Tensor) -> list[np.ndarray]:
    """Last frames of RGB [B, 3, T, H, W] in -1..1 as enlarged uint8 pictures."""
    pixels = ((video[:, :, -1].float().clamp(-1, 1) + 1) * 127.5).byte()
    pictures = pixels.permute(0, 2, 3, 1).cpu().numpy()
    return [p.repeat(_SCALE, 0).repeat(_SCALE, 1) for p in pictures]


def _with_landmarks(
    batch: Batch, tokens: dict[str, torch.Tensor], groups: tuple[TokenGroup, ...]
) -> list[np.ndarray]:
    pictures = _colours(batch.video)
    if not tokens:
        return pictures
    group = next(group for group in groups if group.layout and group.layout.image)
    predicted = group.layout.image_points(tokens[group.name])[:, -1].float()
    for row, picture in enumerate(pictures):
        if batch.person[row, -1] == 0:
            continue
        for points, colour in ((batch.image_points[row, -1], _TRUTH), (predicted[row], _PREDICTED)):
            edges = np.array(picture.shape[1::-1])
            for x, y in ((points.cpu().numpy() + 1) / 2 * edges).astype(int):
                cv2.circle(picture, (int(x), int(y)), 1, colour, -1)
    return pictures
