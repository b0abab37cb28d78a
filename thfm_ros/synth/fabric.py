# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Colours and materials of cloth, leather, skin, hair and things, drawn at random."""

from __future__ import annotations

import numpy as np

from thfm_ros.synth.render import materials
from thfm_ros.synth.render.materials import linear, material

SKIN_TONES = np.array(
    [
        [241, 206, 185],
        [229, 184, 155],
        [214, 165, 130],
        [190, 136, 100],
        [158, 104, 74],
        [120, 76, 54],
        [86, 55, 42],
        [60, 40, 32],
    ]
) / 255.0  # fmt: skip
HAIR_COLOURS = (
    (0.27, (22, 18, 16)),
    (0.25, (40, 28, 22)),
    (0.18, (75, 50, 32)),
    (0.10, (120, 85, 50)),
    (0.07, (190, 150, 95)),
    (0.04, (130, 55, 30)),
    (0.06, (150, 150, 150)),
    (0.03, (215, 210, 205)),
)
IRIS_COLOURS = ((0.25, 0.15, 0.08), (0.3, 0.42, 0.55), (0.25, 0.4, 0.25))
HELMET_COLOURS = ((0.95, 0.8, 0.1), (0.95, 0.95, 0.95), (0.9, 0.3, 0.1), (0.1, 0.3, 0.7))
SAFETY_COLOURS = ((0.85, 0.95, 0.1), (1.0, 0.45, 0.05))
_PATTERNS = {
    materials.PLAIN: (0.46, (1, 1)),
    materials.STRIPES: (0.09, (8, 40)),
    materials.CHECKS: (0.07, (8, 30)),
    materials.DOTS: (0.03, (12, 40)),
    materials.CAMOUFLAGE: (0.04, (5, 25)),
    materials.PHOTO_CLOTH: (0.21, (4, 16)),
    materials.PRINT: (0.1, (1, 1)),
}


def cloth_colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear colour as clothes have: greys, navy, and anything."""
    kind = rng.random()
    if kind < 0.25:
        colour = np.array([0.12, 0.17, 0.32]) * rng.uniform(0.4, 2.2)
    elif kind < 0.6:
        colour = np.full(3, rng.uniform(0.03, 0.95)) + rng.normal(0, 0.03, 3)
    elif kind < 0.75:
        colour = np.array([0.45, 0.36, 0.26]) * rng.uniform(0.5, 1.9) + rng.normal(0, 0.02, 3)
    else:
        colour = rng.random(3)
        colour += rng.uniform(0, 0.5) * (colour.mean() - colour)
    return linear(np.clip(colour, 0.02, 0.95))


def trouser_colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear colour as trousers have: denim, black, grey, khaki."""
    base = np.array([[0.16, 0.22, 0.36], [0.09, 0.09, 0.1], [0.4, 0.4, 0.42], [0.5, 0.42, 0.31]])
    colour = base[rng.choice(4, p=[0.4, 0.3, 0.15, 0.15])] * rng.uniform(0.6, 1.7)
    return linear(np.clip(colour + rng.normal(0, 0.015, 3), 0.02, 0.9))


def skin_colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear skin colour."""
    tone = SKIN_TONES[rng.integers(len(SKIN_TONES))] * rng.uniform(0.9, 1.08)
    return linear(np.clip(tone + rng.normal(0, 0.015, 3), 0.02, 0.98))


def hair_colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear hair colour."""
    weights = np.array([weight for weight, _ in HAIR_COLOURS])
    index = rng.choice(len(HAIR_COLOURS), p=weights / weights.sum())
    return linear(np.array(HAIR_COLOURS[index][1]) / 255.0)


def helmet_colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear colour of a hard hat."""
    return linear(HELMET_COLOURS[rng.integers(len(HELMET_COLOURS))])


def skin_material(rng: np.random.Generator) -> np.ndarray:
    """Mottled, slightly glossy."""
    return material(materials.SKIN, seed=rng.random() * 50, gloss=rng.uniform(0.05, 0.35))


def hair_material(rng: np.random.Generator) -> np.ndarray:
    """Strands along the head."""
    return material(
        materials.HAIR,
        seed=rng.random() * 50,
        frequency=rng.uniform(120, 260),
        gloss=rng.uniform(0.02, 0.15),
        bump=0.25,
        bump_frequency=90,
    )


def garment_material(rng: np.random.Generator, fabric: str, tiles: np.ndarray) -> np.ndarray:
    """Draw the material of a garment; `tiles` are the tile numbers it may use."""
    if fabric == "trousers" and rng.random() < 0.75:
        return material(
            gloss=0.02, seed=rng.random() * 50, bump=0.2, bump_frequency=rng.uniform(15, 40)
        )
    if fabric in ("leather", "plain"):
        gloss = 0.25 if fabric == "leather" else 0.05
        return material(gloss=gloss, seed=rng.random() * 50, bump=0.1, bump_frequency=20)
    if fabric == "safety":
        return material(
            materials.STRIPES, frequency=3.5, red=0.6, green=0.6, blue=0.58, gloss=0.2, seed=0.0
        )
    weights = np.array([weight for weight, _ in _PATTERNS.values()])
    kind = int(rng.choice(list(_PATTERNS), p=weights / weights.sum()))
    red, green, blue = cloth_colour(rng)
    return material(
        kind,
        frequency=rng.uniform(*_PATTERNS[kind][1]),
        tile=rng.choice(tiles),
        red=red,
        green=green,
        blue=blue,
        gloss=rng.uniform(0, 0.08),
        bump=rng.uniform(0.05, 0.35),
        bump_frequency=rng.uniform(10, 34),
        rotation=rng.choice([0, 0, 0, np.pi / 2, rng.uniform(0, 3)]),
        seed=rng.random() if kind == materials.PHOTO_CLOTH else rng.random() * 50,
    )


def garment_colour(rng: np.random.Generator, fabric: str) -> np.ndarray:
    """Draw the main colour of a garment."""
    if fabric == "safety":
        return linear(SAFETY_COLOURS[rng.integers(len(SAFETY_COLOURS))])
    if fabric == "trousers" and rng.random() < 0.75:
        return trouser_colour(rng)
    if fabric == "leather" and rng.random() < 0.7:
        return linear(np.array([0.25, 0.2, 0.17]) * rng.uniform(0.2, 1.6))
    return cloth_colour(rng)
