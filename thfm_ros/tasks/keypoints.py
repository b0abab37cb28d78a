# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Skeletons: landmarks in the picture and in space. One prompt, one set of tokens."""

from __future__ import annotations

from thfm_ros.tasks.task import SparseTask


class Keypoints2D(SparseTask):
    """Where landmarks are in the picture."""

    name = "keypoints2d"
    prompt = "Input: RGB. Output: Keypoints."
    unit = "pixels of the source image"


class Keypoints3D(SparseTask):
    """Where landmarks are in space."""

    name = "keypoints3d"
    prompt = "Input: RGB. Output: Keypoints."
    unit = "metres, optical frame"
