# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clothes, cut from the body's shells: which part of the shell is kept, and how far it stands off.

To add a garment write one function from (BodyMap, rng) to a Cut and list it in an outfit; it then
fits every identity and moves with every pose. See docs/synthetic_people.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from thfm_ros.synth.body import Body
from thfm_ros.synth.parts import REGIONS

TEMPLATE_HEIGHT_M = 1.63


@dataclass(frozen=True)
class Cut:
    """One garment: a piece of a shell.

    keep:      bool [V] of the refined shell's vertices
    offset:    float [V], metres off the skin
    shell:     "tights" (the whole body) or "skirt"
    fabric:    what its material is drawn from: "cloth", "trousers", "leather", "plain" or "safety"
    hides:     whether the skin under it is left out
    like:      index of an earlier garment of the outfit whose cloth it shares, or None
    """

    keep: np.ndarray
    offset: np.ndarray
    shell: str = "tights"
    fabric: str = "cloth"
    hides: bool = True
    like: int | None = None


@dataclass(frozen=True)
class BodyMap:
    """What a garment may ask of the tights shell: regions, place along limbs, height, front."""

    body: Body
    torso: np.ndarray = field(init=False)
    arm: np.ndarray = field(init=False)
    hand: np.ndarray = field(init=False)
    leg: np.ndarray = field(init=False)
    foot: np.ndarray = field(init=False)
    head: np.ndarray = field(init=False)
    along: np.ndarray = field(init=False)
    height: np.ndarray = field(init=False)
    across: np.ndarray = field(init=False)
    front: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        shell = self.body.shells["tights"]
        for index, name in enumerate(REGIONS):
            object.__setattr__(self, name, shell.region == index)
        object.__setattr__(self, "along", shell.along)
        object.__setattr__(self, "height", shell.place[:, 2])
        object.__setattr__(self, "across", shell.place[:, 0])
        object.__setattr__(self, "front", shell.place[:, 1] < 0)

    def folds(self, rng: np.random.Generator) -> np.ndarray:
        """Smooth random folds -1 .. 1 over the shell."""
        place = self.body.shells["tights"].place
        waves = place @ rng.normal(0, rng.uniform(15, 45), (3, 3))
        return np.sin(waves + rng.random(3) * 6).mean(1)


def trousers(where: BodyMap, rng: np.random.Generator) -> Cut:
    length = rng.choice([0.9, 0.98, 0.99, 0.99])
    keep = (where.torso & (where.height < _waist(rng))) | (where.leg & (where.along < length))
    flare = rng.choice([0.003, 0.012, 0.03]) * where.leg * np.clip(where.along / length, 0, 1)
    return Cut(keep, _loose(where, rng, 0.005) + flare, fabric="trousers")


def shorts(where: BodyMap, rng: np.random.Generator) -> Cut:
    length = rng.uniform(0.22, 0.55)
    keep = (where.torso & (where.height < _waist(rng))) | (where.leg & (where.along < length))
    flare = rng.uniform(0.005, 0.035) * where.leg * np.clip(where.along / length, 0, 1)
    return Cut(keep, _loose(where, rng, 0.006) + flare)


def leggings(where: BodyMap, rng: np.random.Generator) -> Cut:
    keep = (where.torso & (where.height < _waist(rng))) | (where.leg & (where.along < 0.97))
    return Cut(keep, np.full(len(keep), 0.003), fabric="plain")


def shirt(where: BodyMap, rng: np.random.Generator) -> Cut:
    """Anything from a tank top to a long-sleeved shirt."""
    return _top(
        where,
        rng,
        rng.choice([0.02, 0.22, 0.3, 0.45, 0.95, 0.97], p=[0.06, 0.22, 0.2, 0.1, 0.22, 0.2]),
    )


def jersey(where: BodyMap, rng: np.random.Generator) -> Cut:
    return _top(where, rng, rng.choice([0.05, 0.25]))


def pullover(where: BodyMap, rng: np.random.Generator) -> Cut:
    cut = _top(where, rng, 0.97)
    return Cut(cut.keep, cut.offset + rng.uniform(0.004, 0.015))


def jacket(where: BodyMap, rng: np.random.Generator) -> Cut:
    """Worn over a top; in half of the cases open at the front."""
    hem = rng.uniform(0.40, 0.56) * TEMPLATE_HEIGHT_M
    keep = ((where.torso | (where.leg & (where.along < 0.35))) & (where.height > hem)) | (
        where.arm & (where.along < 0.98)
    )
    if rng.random() < 0.5:
        opening = np.clip((1.36 - where.height) / 0.4, 0.15, 1) * rng.uniform(0.03, 0.09)
        keep &= ~(where.front & (np.abs(where.across) < opening) & ~where.arm)
    flare = rng.uniform(0, 0.03) * np.clip((1.1 - where.height) / 0.4, 0, 1)
    fabric = rng.choice(["cloth", "leather", "plain"], p=[0.6, 0.2, 0.2])
    return Cut(keep, _loose(where, rng, 0.026) + flare, fabric=str(fabric), hides=False)


def safety_vest(where: BodyMap, rng: np.random.Generator) -> Cut:
    keep = (where.torso | (where.leg & (where.along < 0.1))) & (
        where.height > 0.53 * TEMPLATE_HEIGHT_M
    )
    return Cut(keep, _loose(where, rng, 0.024), fabric="safety", hides=False)


def overall(where: BodyMap, rng: np.random.Generator) -> Cut:
    keep = (
        where.torso
        | (where.leg & (where.along < 0.98))
        | (where.arm & (where.along < rng.choice([0.25, 0.97])))
    )
    return Cut(keep, _loose(where, rng, 0.014), fabric="plain")


def skirt(where: BodyMap, rng: np.random.Generator) -> Cut:
    height = where.body.shells["skirt"].place[:, 2]
    keep = height > rng.uniform(0.22, 0.46) * TEMPLATE_HEIGHT_M
    like = 1 if rng.random() < 0.6 else None
    return Cut(
        keep, np.full(len(keep), rng.uniform(0, 0.02)), shell="skirt", hides=False, like=like
    )


def shoes(where: BodyMap, rng: np.random.Generator) -> Cut:
    keep = where.foot | (where.leg & (where.along > rng.choice([0.93, 0.96])))
    return Cut(keep, np.full(len(keep), 0.009), fabric="leather")


def boots(where: BodyMap, rng: np.random.Generator) -> Cut:
    keep = where.foot | (where.leg & (where.along > rng.uniform(0.6, 0.9)))
    return Cut(keep, np.full(len(keep), 0.013), fabric="leather")


def gloves(where: BodyMap, rng: np.random.Generator) -> Cut:
    keep = where.hand | (where.arm & (where.along > 0.94))
    return Cut(keep, np.full(len(keep), 0.004), fabric="plain")


OUTFITS = {
    "casual": (0.34, (trousers, shirt, shoes)),
    "summer": (0.12, (shorts, shirt, shoes)),
    "layered": (0.2, (trousers, shirt, jacket, shoes)),
    "warm": (0.1, (trousers, pullover, boots)),
    "worker": (0.08, (trousers, pullover, safety_vest, boots)),
    "overall": (0.04, (overall, boots, gloves)),
    "dress": (0.07, (leggings, shirt, skirt, shoes)),
    "sport": (0.05, (shorts, jersey, shoes)),
}
"""Outfit -> how often, and its garments from the inside out."""


def choose_outfit(where: BodyMap, rng: np.random.Generator) -> tuple[str, list[Cut]]:
    """Draw an outfit and cut its garments."""
    weights = np.array([weight for weight, _ in OUTFITS.values()])
    name = str(rng.choice(list(OUTFITS), p=weights / weights.sum()))
    return name, [garment(where, rng) for garment in OUTFITS[name][1]]


def _waist(rng: np.random.Generator) -> float:
    return rng.uniform(0.59, 0.64) * TEMPLATE_HEIGHT_M


def _loose(where: BodyMap, rng: np.random.Generator, least: float) -> np.ndarray:
    folds = rng.uniform(0.0015, 0.0045) * where.folds(rng)
    return np.maximum(least + rng.uniform(0, 0.008) + folds, 0.6 * least)


def _top(where: BodyMap, rng: np.random.Generator, sleeve: float) -> Cut:
    hem = rng.uniform(0.46, 0.58) * TEMPLATE_HEIGHT_M
    keep = ((where.torso | (where.leg & (where.along < 0.3))) & (where.height > hem)) | (
        where.arm & (where.along < sleeve)
    )
    waist = 0.6 * TEMPLATE_HEIGHT_M
    down = np.clip((waist - where.height) / (waist - hem + 0.01), 0, 1)
    flare = rng.uniform(0, 0.028) * np.where(
        where.arm, np.clip(where.along / max(sleeve, 0.1), 0, 1), down
    )
    return Cut(keep, _loose(where, rng, 0.012) + flare)
