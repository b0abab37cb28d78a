# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Materials: one row of numbers each, a pattern kind, and the tile atlas they look up."""

from __future__ import annotations

import cv2
import numpy as np

KIND, FREQUENCY, TILE, GLOSS, BUMP, BUMP_FREQUENCY, RED, GREEN, BLUE, SEED, ROTATION = range(11)
COLUMNS = 11
"""What the columns of a material row mean. RED.. is the pattern's second colour."""

PLAIN, STRIPES, CHECKS, DOTS, CAMOUFLAGE, PHOTO_CLOTH, PRINT, SKIN, HAIR, FACED = range(10)
"""Values of KIND. FACED things show a tile on every face of a box."""

TILE_SIZE = 128
LEVELS = 4
LEVEL_ROWS = (0, 128, 192, 224)


def material(kind: int = PLAIN, **columns: float) -> np.ndarray:
    """Return a material row; columns are given by their lower-case names."""
    row = np.zeros(COLUMNS, np.float32)
    row[KIND] = kind
    for name, value in columns.items():
        row[globals()[name.upper()]] = value
    return row


def tile_atlas(images: np.ndarray) -> np.ndarray:
    """Stack the mip levels of tiles [N, 128, 128, 3] below each other: uint8 [N, 240, 128, 3]."""
    atlas = np.zeros(
        (len(images), sum(TILE_SIZE >> k for k in range(LEVELS)), TILE_SIZE, 3), np.uint8
    )
    for index, image in enumerate(images):
        for level, row in enumerate(LEVEL_ROWS):
            size = TILE_SIZE >> level
            small = (
                image
                if level == 0
                else cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
            )
            atlas[index, row : row + size, :size] = small
    return atlas


def linear(colour) -> np.ndarray:
    """Turn sRGB 0..1 into linear light."""
    return np.clip(np.asarray(colour, np.float32), 0, None) ** np.float32(2.2)
