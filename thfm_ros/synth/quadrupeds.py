# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Four-legged figures, for tests of what a model of people makes of bodies that are no people's.

They are tapered capsules put together, and stand still in a drawn step; like the held-out figures
they have mask, instances, depth and normals, no landmarks and no dense pose.
"""

from __future__ import annotations

import numpy as np

from thfm_ros.synth.library import Library
from thfm_ros.synth.people import PosedPerson
from thfm_ros.synth.people_figures import figure, stand
from thfm_ros.synth.person_mesh import DressedPerson
from thfm_ros.synth.render.materials import linear

SHOULDER_HEIGHT_M = (0.45, 1.4)
"""From a dog's to a horse's."""
_TRUNK = 4
"""The first limbs are trunk, neck, head and tail; legs follow."""
_RINGS, _SIDES = 10, 20


def cast(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
    """Draw a quadruped where scenes want a person."""
    return stand(make_quadruped(rng), 0, times, rng.uniform(0, 2 * np.pi))


def make_quadruped(rng: np.random.Generator) -> DressedPerson:
    """Draw a quadruped of one colour with darker legs; it looks along -y and stands on z = 0."""
    height = rng.uniform(*SHOULDER_HEIGHT_M)
    limbs = [(a * height, b * height, (r * height, s * height)) for a, b, r, s in _limbs(rng)]
    pieces = [capsule(*limb) for limb in limbs]
    counts = [len(vertices) for vertices, _ in pieces]
    vertices = np.concatenate([vertices for vertices, _ in pieces])
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    faces = np.concatenate([faces + k for (_, faces), k in zip(pieces, first, strict=True)])
    vertices[:, 2] -= vertices[:, 2].min()
    fur = np.array([1.0, rng.uniform(0.75, 1.0), rng.uniform(0.5, 0.75)])
    colour = linear(rng.uniform(0.15, 0.85) * fur)
    dark = rng.uniform(0.3, 1.0)
    shade = np.repeat([1.0 if k < _TRUNK else dark for k in range(len(pieces))], counts)
    return figure("quadruped", vertices, faces, shade[:, None] * colour)


def _limbs(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, float, float]]:
    """Return (start [3], end [3], radius there, radius here), in units of the shoulder's height."""
    length, girth = rng.uniform(0.8, 1.3), rng.uniform(0.16, 0.24)
    hip, shoulder = np.array([0, length / 2, 0.85]), np.array([0, -length / 2, 0.87])
    rise = rng.uniform(-0.2, 1.2)
    nape = shoulder + rng.uniform(0.3, 0.55) * np.array([0, -np.cos(rise), np.sin(rise)])
    muzzle = nape + rng.uniform(0.2, 0.35) * np.array([0, -0.95, rng.uniform(-0.6, 0.1)])
    tail = hip + rng.uniform(0.25, 0.55) * np.array([0, 0.6, rng.uniform(-0.8, 0.8)])
    limbs = [
        (hip, shoulder, 0.9 * girth, girth),
        (shoulder, nape, 0.6 * girth, 0.4 * girth),
        (nape, muzzle, 0.5 * girth, 0.28 * girth),
        (hip, tail, 0.2 * girth, 0.08 * girth),
    ]
    for joint in (hip, shoulder):
        for side in (-1, 1):
            top = joint + np.array([side * 0.6 * girth, 0, -0.1])
            swing, bend = rng.normal(0, 0.3), rng.normal(0, 0.25)
            knee = top + 0.36 * np.array([0, np.sin(swing), -np.cos(swing)])
            paw = knee + 0.36 * np.array([0, np.sin(swing + bend), -np.cos(swing + bend)])
            limbs += [
                (top, knee, 0.45 * girth, 0.28 * girth),
                (knee, paw, 0.28 * girth, 0.2 * girth),
            ]
    return limbs


def capsule(
    start: np.ndarray, end: np.ndarray, radii: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices [V, 3] and outward faces [F, 3] of a capsule with a radius at each end."""
    along = (end - start) / np.linalg.norm(end - start)
    across = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    across /= np.linalg.norm(across)
    third = np.cross(along, across)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, _RINGS)
    at_end = latitude > 0
    radius = np.where(at_end, radii[1], radii[0])
    middle = np.where(at_end[:, None], end, start) + (radius * np.sin(latitude))[:, None] * along
    angle = np.arange(_SIDES) * 2 * np.pi / _SIDES
    ring = np.cos(angle)[:, None] * across + np.sin(angle)[:, None] * third
    vertices = middle[:, None] + (radius * np.cos(latitude))[:, None, None] * ring
    low = np.arange((_RINGS - 1) * _SIDES).reshape(-1, _SIDES)
    right = np.roll(low, -1, axis=1)
    quads = np.stack([low, right, right + _SIDES, low + _SIDES], -1).reshape(-1, 4)
    return vertices.reshape(-1, 3), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
