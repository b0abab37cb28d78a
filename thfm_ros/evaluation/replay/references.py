# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that carry ground truth, read as `Truth`."""

from __future__ import annotations

import numpy as np

from thfm_ros.evaluation.truth import TruePerson, Truth
from thfm_ros.media.errors import ImageError
from thfm_ros.media.maps import depth_from_message, map_from_message
from thfm_ros.perception import LandmarkState
from thfm_ros.tasks import DENSE

_MAPS = {DENSE[name].topic: DENSE[name] for name in ("normals", "mask", "dense_pose")}
_DEPTH = "depth/image"
KEYPOINTS = ("keypoints2d", "keypoints3d")
KINDS = (_DEPTH, *_MAPS, *KEYPOINTS)
"""What can be compared: our own topics' names."""
PREFIX = "/ground_truth/"


def find_references(topics: dict[str, str], chosen: dict[str, str]) -> dict[str, str]:
    """Return kind -> topic: the chosen ones, and for other kinds what /ground_truth/ has.

    Raises ValueError for an unknown kind or a chosen topic that the bag lacks.
    """
    for kind, topic in chosen.items():
        if kind not in KINDS:
            raise ValueError(f"reference is for {kind!r}, allowed is one of {', '.join(KINDS)}")
        if topic not in topics:
            raise ValueError(f"reference {topic} is not in the bag; it has {sorted(topics)}")
    found = {kind: PREFIX + kind for kind in KINDS if PREFIX + kind in topics}
    return {**found, **chosen}


def truth_from(messages: dict[str, object], size: tuple[int, int]) -> Truth:
    """Read the reference messages (kind -> message) of one image of size (width, height), pixels.

    Raises ImageError or ValueError where a message does not fit the image.
    """
    fields = {}
    for kind, message in messages.items():
        if kind in KEYPOINTS:
            continue
        if kind == _DEPTH:
            name, values = "depth", depth_from_message(message)
        else:
            name, values = _MAPS[kind].name, _MAPS[kind].from_pixels(map_from_message(message))
        if values.shape[1::-1] != tuple(size):
            raise ImageError(f"reference {kind} is {values.shape[1::-1]}, the image {tuple(size)}")
        fields[name] = values
    flat, space = (messages.get(kind) for kind in KEYPOINTS)
    if flat is not None or space is not None:
        fields["people"] = _people(flat, space)
        fields["joints"] = (flat or space).skeleton
    return Truth(**fields)


def _people(flat: object | None, space: object | None) -> tuple[TruePerson, ...]:
    bodies = {} if space is None else {person.id: person for person in space.persons}
    outlines = {} if flat is None else {person.id: person for person in flat.persons}
    names = list(dict.fromkeys([*outlines, *bodies]))
    return tuple(_person(name, outlines.get(name), bodies.get(name)) for name in names)


def _person(name: str, flat: object | None, body: object | None) -> TruePerson:
    count = len((flat or body).state)
    pixels, box = np.full((count, 2), np.nan), (0, 0, 0, 0)
    if flat is not None:
        pixels = np.stack([flat.x, flat.y], 1).astype(np.float64)
        box = (flat.roi.x_offset, flat.roi.y_offset, flat.roi.width, flat.roi.height)
    positions, metric = np.full((count, 3), np.nan), False
    if body is not None:
        positions = np.stack([body.x, body.y, body.z], 1).astype(np.float64)
        metric = bool(np.isfinite(positions).any())
    if body is not None and not metric:
        positions = [body.relative_x, body.relative_y, body.relative_z]
        positions = np.stack(positions, 1).astype(np.float64)
    state = np.array((flat or body).state, np.uint8)
    positions[state == LandmarkState.ABSENT] = np.nan
    # The centre of the body: the mean of what is labelled, along the optical axis.
    known = np.isfinite(positions[:, 2])
    distance = float(positions[known, 2].mean()) if metric and known.any() else float("nan")
    return TruePerson(name, pixels, positions, state, tuple(int(edge) for edge in box), distance)
