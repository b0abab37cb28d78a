# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""PhotoMatte85: 85 portraits with alpha (Lin et al. 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.evaluation.datasets.files import DatasetError, folders, in_sequence, read_rgb
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import Truth

SPLIT = "all 85 images"
PROTOCOL = "composited on backgrounds of the user's choice (grey without any); MSE and SAD (DAViD)"
_GREY = 127


def read(root: Path, options: dict) -> Iterator[Sample]:
    """Yield every image, each alone. Layout: ROOT/**/*.png with four channels.

    options: "backgrounds", a folder of images to composite on, taken in turn
    """
    files = folders(root, "**/*.png", "an RGBA image")
    backgrounds = []
    if options.get("backgrounds"):
        folder = Path(options["backgrounds"])
        backgrounds = folders(folder, "*.[jp][pn]*g", "a background image")
    return in_sequence(([_composite(f, backgrounds, i)] for i, f in enumerate(files)), 1.0)


def _composite(file: Path, backgrounds: list[Path], index: int) -> tuple:
    image = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise DatasetError(f"{file} is no RGBA image, and PhotoMatte85 has nothing else")
    alpha = image[..., 3].astype(np.float32) / 255
    foreground = image[..., 2::-1].astype(np.float32)
    behind = np.full_like(foreground, _GREY)
    if backgrounds:
        chosen = read_rgb(backgrounds[index % len(backgrounds)])
        behind = cv2.resize(chosen, image.shape[1::-1], interpolation=cv2.INTER_AREA)
    mixed = foreground * alpha[..., None] + behind * (1 - alpha[..., None])
    return np.rint(mixed).astype(np.uint8), None, Truth(mask=alpha)
