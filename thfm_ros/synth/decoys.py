# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clips of nobody, full of what is easily taken for somebody: hard negatives for training.

Decoys stand where people would stand, and are framed as people are: animals, clothes that nobody
wears, statues, stands, plants, bicycles and machines; and close-ups of textures. To add one, write
a function from (Library, rng, times) to a PosedPerson and list it in DECOYS.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from thfm_ros.clips.clip import Clip
from thfm_ros.synth import fabric
from thfm_ros.synth.appearance import HEADWEAR
from thfm_ros.synth.library import Library
from thfm_ros.synth.people import PosedPerson, make_person
from thfm_ros.synth.people_figures import figure, stand
from thfm_ros.synth.quadrupeds import capsule, make_quadruped

CLOSE_UP_SHARE = 0.12
_STONE = np.array([0.5, 0.48, 0.44])
_BRONZE = np.array([0.16, 0.12, 0.07])
_BACK = np.array([0.0, 1.0, 0.0])
_RIM_CAPSULES = 14


def cast(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """Draw a decoy where scenes want a person."""
    names = list(DECOYS)
    shares = np.array([share for share, _ in DECOYS.values()])
    name = names[rng.choice(len(names), p=shares / shares.sum())]
    return DECOYS[name][1](library, rng, times)


def as_nobody(clip: Clip, library: Library) -> Clip:
    """Return a clip of decoys with the truth that nobody is there; some become close-ups."""
    rng = np.random.default_rng([clip.about["seed"], 1])
    rgb, frames = clip.rgb, len(clip.rgb)
    if rng.random() < CLOSE_UP_SHARE:
        rgb = np.repeat(_close_up(library, rng, rgb.shape[1:3])[None], frames, 0)
    about = {**clip.about, "framing": "nobody", "decoys": clip.about["outfits"]}
    about.update({name: [] for name in _ABOUT_PEOPLE})
    return replace(
        clip,
        rgb=rgb,
        **{name: np.zeros_like(getattr(clip, name)) for name in _OF_PEOPLE},
        landmarks2d=clip.landmarks2d[:, :0],
        landmarks3d=clip.landmarks3d[:, :0],
        landmark_state=clip.landmark_state[:, :0],
        about=about,
    )


_ABOUT_PEOPLE = ("identities", "motions", "motion_sources", "outfits", "hair")
_OF_PEOPLE = ("mask", "instance", "part", "normals", "dense_pose")


def animal(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """A quadruped."""
    return _still(make_quadruped(rng), rng, times)


def clothes(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """Clothes in the shape of a body that is not in them, as on a stand or a hanger."""
    person = make_person(library, rng, times)
    worn = person.dressed.material > HEADWEAR
    fields = {name: getattr(person.dressed, name)[worn] for name in _OF_FACES}
    return replace(person, dressed=replace(person.dressed, **fields, outfit="clothes"))


_OF_FACES = ("faces", "material", "axis", "part")


def statue(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """Somebody of stone or bronze, all of one colour, who does not move."""
    person = make_person(library, rng, times)
    middle = len(times) // 2
    colour = (_STONE if rng.random() < 0.6 else _BRONZE) * rng.uniform(0.6, 1.5)
    dressed = person.dressed
    still = figure("statue", person.points[middle], dressed.faces, np.tile(colour, (1, 1)))
    still = replace(still, albedo=np.tile(still.albedo[:1], (len(still.vertices), 1)))
    return stand(still, 0, times, 0.0)


def branches(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """A coat stand, lamp, plant, scarecrow or robot arm: limbs that grow out of limbs."""
    height = rng.uniform(0.8, 2.0)
    girth = rng.uniform(0.01, 0.12)
    limbs = [(np.zeros(3), np.array([0, 0, height * rng.uniform(0.4, 1.0)]), girth)]
    for _ in range(rng.integers(2, 12)):
        start, end, thick = limbs[rng.integers(len(limbs))]
        root = start + (end - start) * rng.uniform(0.3, 1.0)
        direction = rng.normal((0, 0, rng.uniform(-0.5, 1.0)), 1)
        reach = direction / np.linalg.norm(direction) * height * rng.uniform(0.1, 0.45)
        limbs.append((root, root + reach, thick * rng.uniform(0.5, 1.1)))
    if rng.random() < 0.6:
        start, end, _ = limbs[rng.integers(len(limbs))]
        limbs.append((end, end, height * rng.uniform(0.06, 0.16)))
    return _of_limbs("branches", limbs, rng, times)


def cycle(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """A bicycle, motorcycle, trolley or wheelchair: wheels and a frame, in chance proportions."""
    radius, thick = rng.uniform(0.2, 0.4), rng.uniform(0.012, 0.07)
    base = rng.uniform(0.7, 1.4)
    hubs = [np.array([0, -base / 2, radius]), np.array([0, base / 2, radius])]
    limbs = [limb for hub in hubs for limb in _wheel(hub, radius, thick)]
    saddle = np.array([0, base * rng.uniform(0.0, 0.3), radius + rng.uniform(0.3, 0.7)])
    bar = np.array([0, -base * rng.uniform(0.25, 0.5), radius + rng.uniform(0.4, 0.9)])
    pedals = np.array([0, 0, radius * rng.uniform(0.7, 1.1)])
    tube = rng.uniform(0.012, 0.05)
    pairs = [(hubs[1], saddle), (saddle, pedals), (pedals, bar), (saddle, bar), (bar, hubs[0])]
    limbs += [(a, b, tube) for a, b in (*pairs, (hubs[1], pedals))]
    wide = np.array([rng.uniform(0.2, 0.4), 0, 0.05])
    limbs += [(bar - wide, bar + wide, tube), (saddle, saddle + _BACK * 0.2, 2.5 * tube)]
    if rng.random() < 0.4:
        limbs.append((pedals - 0.1 * _BACK, pedals + 0.25 * _BACK, rng.uniform(0.08, 0.2)))
    return _of_limbs("cycle", limbs, rng, times)


def lumps(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """Bags, heads of lettuce, vases, machines: a heap of round things of any size."""
    limbs, top = [], 0.0
    for _ in range(rng.integers(2, 9)):
        radius = rng.uniform(0.04, 0.3)
        middle = np.array([*rng.normal(0, 0.2, 2), top + radius * rng.uniform(0.3, 1.0)])
        reach = rng.normal(0, 0.15, 3)
        limbs.append((middle, middle + reach, radius))
        top = middle[2] if rng.random() < 0.6 else top
    return _of_limbs("lumps", limbs, rng, times)


DECOYS = {
    "animal": (0.2, animal),
    "clothes": (0.16, clothes),
    "statue": (0.06, statue),
    "branches": (0.22, branches),
    "cycle": (0.2, cycle),
    "lumps": (0.16, lumps),
}
"""Decoy -> how often, and what draws it."""


def _wheel(
    hub: np.ndarray, radius: float, thick: float
) -> list[tuple[np.ndarray, np.ndarray, float]]:
    angle = np.arange(_RIM_CAPSULES + 1) * 2 * np.pi / _RIM_CAPSULES
    rim = hub + radius * np.stack([0 * angle, np.cos(angle), np.sin(angle)], 1)
    spokes = [(hub, rim[k], 0.25 * thick) for k in range(0, _RIM_CAPSULES, 2)]
    return [(a, b, thick) for a, b in pairwise(rim)] + spokes


def _of_limbs(
    name: str,
    limbs: list[tuple[np.ndarray, np.ndarray, float]],
    rng: np.random.Generator,
    times: np.ndarray,
) -> PosedPerson:
    """Put capsules (start, end, radius) together, in a few colours, standing on the floor."""
    palette = np.stack([fabric.cloth_colour(rng) for _ in range(rng.integers(1, 4))])
    vertices, faces, colours, first = [], [], [], 0
    for start, end, radius in limbs:
        points, triangles = capsule(start, np.asarray(end) + 1e-4, (radius, radius))
        vertices.append(points)
        faces.append(triangles + first)
        colours.append(np.tile(palette[rng.integers(len(palette))], (len(points), 1)))
        first += len(points)
    points = np.concatenate(vertices)
    points[:, 2] -= points[:, 2].min()
    return _still(figure(name, points, np.concatenate(faces), np.concatenate(colours)), rng, times)


def _still(dressed, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    return stand(dressed, 0, times, rng.uniform(0, 2 * np.pi))


def _close_up(library: Library, rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Return a piece of a tile, photograph or panorama, enlarged, uint8 [H, W, 3]."""
    kind = rng.random()
    if kind < 0.4 or not (library.photos or library.panoramas):
        image = library.atlas[rng.choice(library.tiles)][:128].astype(np.float32)
    else:
        if library.panoramas and (kind < 0.8 or not library.photos):
            image = library.panoramas[rng.integers(len(library.panoramas))].image
        else:
            image = library.photos[rng.integers(len(library.photos))][1]
        image = 255 * np.clip(image / max(float(np.percentile(image, 95)), 1e-3), 0, 1) ** 0.45
    edge = int(min(image.shape[:2]) * rng.uniform(0.15, 1.0))
    rows, columns = edge, min(image.shape[1], max(1, edge * size[1] // size[0]))
    top = rng.integers(image.shape[0] - rows + 1)
    left = rng.integers(image.shape[1] - columns + 1)
    part = np.ascontiguousarray(image[top : top + rows, left : left + columns])
    part = cv2.resize(part, size[::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(part + rng.normal(0, 3, part.shape), 0, 255).astype(np.uint8)
