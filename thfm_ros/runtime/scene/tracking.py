# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is who from frame to frame: stable ids, positions that go on while nobody is seen.

Every person is followed by constant-velocity Kalman filters, in the image and, where metres are
known, in space. Sightings are assigned by where people should be, how far away, and in which pose;
never by what they look like.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from thfm_ros import skeleton
from thfm_ros.frame import NS_PER_S
from thfm_ros.perception import LandmarkState, Person, TrackState
from thfm_ros.runtime.scene.motion import ACCELERATION, SIGHTING_SIGMA, Motion

_BODY_M = 1.7
_GATE_M = 0.5
"""How far, in metres (or what counts as such in the image), a sighting may be from where its person
should be: less than the next person stands away. The prediction's own uncertainty comes on top."""
_ALONE_M = 1.0
"""What it costs, in metres, to stay without a partner."""
_DEPTH_WEIGHT = 0.5
_POSE_WEIGHT = 0.5
_FADE_S = 0.4
_FORBIDDEN = 1e6
_TORSO = [
    skeleton.INDEX[name] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
]
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ID_LETTERS = 10
"""Of two nodes that have given ids to 1000 people each, 1 pair in 140 million shares one."""


@dataclass(frozen=True)
class TrackPolicy:
    """How many people are followed, and for how long without seeing them.

    max_people:   the nearest are kept
    lost_after_s: seconds without a sighting until a person is LOST
    id_seed:      0 = ids are random; else they are the same in every run
    """

    max_people: int = 4
    lost_after_s: float = 1.0
    id_seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.max_people <= 254:
            raise ValueError(f"people.max is {self.max_people}, allowed is 1..254")
        if not self.lost_after_s >= 0:
            raise ValueError(f"people.lost_after_s is {self.lost_after_s}, allowed is 0 or more")


class Tracker:
    """Gives the people of one stream their ids. An id is never given twice, not after a reset."""

    def __init__(self, policy: TrackPolicy) -> None:
        self.policy = policy
        self._tracks: list[_Track] = []
        self._ids = new_ids(policy.id_seed)
        self._stamp_ns = 0
        self.left_out = 0
        """How many of those who were seen last were too many."""

    def reset(self) -> None:
        """Forget everybody, without a farewell: the stream starts anew."""
        self._tracks.clear()

    def expected(self, stamp_ns: int) -> tuple[Person, ...]:
        """Return those who are followed, as they should be at a moment, in the image or beyond."""
        elapsed = max(0.0, (stamp_ns - self._stamp_ns) / NS_PER_S)
        return tuple(track.person_after(elapsed) for track in self._tracks)

    def update(self, seen: tuple[Person, ...], stamp_ns: int) -> tuple[Person, ...]:
        """Match those who are seen with those who are followed; return both, as of this frame.

        Whoever is not seen is PREDICTED, in the image or beyond (`cut_to_image`), and LOST in one
        last message; they come in this order.
        """
        elapsed = max(0.0, (stamp_ns - self._stamp_ns) / NS_PER_S)
        self._stamp_ns = stamp_ns
        for track in self._tracks:
            track.predict(elapsed)
        everybody = len(seen)
        seen = nearest_first(seen)[: self.policy.max_people]
        self.left_out = everybody - len(seen)
        pairs = self._assign(seen)
        people = [
            self._tracks[pairs[index]].see(person, stamp_ns)
            if index in pairs
            else self._begin(person, stamp_ns)
            for index, person in enumerate(seen)
        ]
        unseen = [track for track in self._tracks if track.seen_ns != stamp_ns]
        missed = [track.miss(stamp_ns, self.policy.lost_after_s) for track in unseen]
        missed.sort(key=lambda person: person.track_state)
        lost = {person.id for person in missed if person.track_state == TrackState.LOST}
        self._tracks = [track for track in self._tracks if track.id not in lost]
        return (*people, *missed)

    def _assign(self, seen: tuple[Person, ...]) -> dict[int, int]:
        if not seen or not self._tracks:
            return {}
        cost = np.array([[track.cost(person) for track in self._tracks] for person in seen])
        # As many pairs as possible would move everybody on by one where one person goes out of
        # sight and another one comes in.
        rows, columns = linear_sum_assignment(np.minimum(cost, _ALONE_M))
        pairs = zip(rows.tolist(), columns.tolist(), strict=True)
        return {row: column for row, column in pairs if cost[row, column] < _FORBIDDEN}

    def _begin(self, person: Person, stamp_ns: int) -> Person:
        track = _Track(next(self._ids), person, stamp_ns)
        self._tracks.append(track)
        return track.person


class _Track:
    """One person: the last sighting, and where it moves."""

    def __init__(self, id: str, person: Person, stamp_ns: int) -> None:
        self.id = id
        self.sightings = 1
        self.seen_ns = stamp_ns
        self.person = replace(person, id=id, track_state=TrackState.NEW)
        self._sighting = person
        self._image = Motion(_centre(person) / _pixels_per_metre(person))
        self._space = None if person.root is None else Motion(person.root)

    def predict(self, elapsed: float) -> None:
        for motion in (self._image, self._space):
            if motion is not None:
                motion.predict(elapsed)

    def cost(self, person: Person) -> float:
        """Return how far a sighting is from this person, in metres."""
        across = _centre(person) / _pixels_per_metre(self._sighting) - self._image.position
        away, slack = 0.0, self._image.sigma
        if self._space is not None and person.root is not None:
            away = float(person.root[2] - self._space.position[2])
        distance = float(np.hypot(np.linalg.norm(across), _DEPTH_WEIGHT * away))
        if distance > _GATE_M + 2 * slack:
            return 2 * _FORBIDDEN
        return distance + _POSE_WEIGHT * _pose_distance(person, self._sighting)

    def see(self, person: Person, stamp_ns: int) -> Person:
        old, new = _pixels_per_metre(self._sighting), _pixels_per_metre(person)
        self._image.rescale(old / new)
        self._image.correct(_centre(person) / new, SIGHTING_SIGMA)
        if person.root is None:
            self._space = None
        elif self._space is None:
            self._space = Motion(person.root)
        else:
            sigma = SIGHTING_SIGMA if person.sigma is None else float(np.nanmedian(person.sigma))
            self._space.correct(person.root, sigma)
        self.sightings += 1
        self.seen_ns, self._sighting = stamp_ns, person
        velocity = None if self._space is None else self._space.velocity.copy()
        state = TrackState.TRACKED
        self.person = replace(person, id=self.id, track_state=state, velocity=velocity)
        return self.person

    def miss(self, stamp_ns: int, lost_after_s: float) -> Person:
        # Stamps may step back: nobody was seen in the future.
        away = max(0.0, (stamp_ns - self.seen_ns) / NS_PER_S)
        # Who was seen once only was perhaps nobody.
        if away > lost_after_s or self.sightings == 1:
            return _farewell(self.person)
        return self._moved(self._image.position, self._space and self._space.position, away)

    def person_after(self, elapsed: float) -> Person:
        image = self._image.position + elapsed * self._image.velocity
        space = None
        if self._space is not None:
            space = self._space.position + elapsed * self._space.velocity
        return self._moved(image, space, elapsed)

    def _covariance_after(self, away: float) -> np.ndarray | None:
        """Return the last sighting's covariance, and what may have become of it in the meantime."""
        seen = self._sighting.root_covariance
        if seen is None:
            return None
        return seen + (0.5 * ACCELERATION * away**2) ** 2 * np.eye(3)

    def _moved(self, image: np.ndarray, space: np.ndarray | None, away: float) -> Person:
        last = self.person
        step = image * _pixels_per_metre(self._sighting) - _centre(self._sighting)
        hidden = np.where(
            last.state == LandmarkState.VISIBLE, LandmarkState.OCCLUDED, last.state
        ).astype(np.uint8)
        x, y, width, height = last.box
        box = (x + round(float(step[0])), y + round(float(step[1])), width, height)
        metric = None
        if space is not None and last.metric is not None:
            metric = (last.relative + space).astype(np.float32)
        fade = 0.5 ** (away / _FADE_S)
        return replace(
            last,
            score=self._sighting.score * fade,
            pixels=(self._sighting.pixels + step).astype(np.float32),
            confidence=(self._sighting.confidence * fade).astype(np.float32),
            state=hidden,
            box=box,
            metric=metric,
            root=None if metric is None else space.copy(),
            root_covariance=self._covariance_after(away) if metric is not None else None,
            velocity=None if self._space is None else self._space.velocity.copy(),
            track_state=TrackState.PREDICTED,
        )


def nearest_first(people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return people in the order of their distance, however sure they are.

    By their nearest landmark where everybody's metres are known, else by how large a metre is at
    them, in pixels.
    """
    distances = [_distance(person) for person in people]
    if not np.isfinite(distances).all():
        distances = [1 / _pixels_per_metre(person) for person in people]
    order = sorted(range(len(people)), key=lambda i: (distances[i], people[i].box))
    return tuple(people[i] for i in order)


def _distance(person: Person) -> float:
    """Return metres to the nearest landmark, inf where none is known."""
    if person.metric is None:
        return np.inf
    return float(np.nanmin(np.linalg.norm(person.metric, axis=-1), initial=np.inf))


def new_ids(seed: int = 0) -> Iterator[str]:
    """Yield ids (REP-155): ten random letters each, never one twice.

    Other trackers, nodes and runs draw others, unless they have the same seed, which is not 0.
    """
    count = len(_ALPHABET) ** _ID_LETTERS
    source = random.Random(seed) if seed else random.SystemRandom()
    # A step that shares no factor with the number of ids reaches all of them before any twice.
    number, step = source.randrange(count), 2 * source.randrange(count // 2) + 1
    step += 2 * (step % 13 == 0)
    while True:
        number = (number + step) % count
        letters, rest = [], number
        for _ in range(_ID_LETTERS):
            rest, letter = divmod(rest, len(_ALPHABET))
            letters.append(_ALPHABET[letter])
        yield "".join(letters)


def _farewell(person: Person) -> Person:
    """Return the last message about a person: no landmark is known any more."""
    count = skeleton.COUNT
    return replace(
        person,
        score=0.0,
        pixels=np.full((count, 2), np.nan, np.float32),
        relative=np.full((count, 3), np.nan, np.float32),
        confidence=np.zeros(count, np.float32),
        state=np.full(count, LandmarkState.ABSENT, np.uint8),
        metric=None,
        sigma=None,
        root=None,
        root_covariance=None,
        velocity=None,
        track_state=TrackState.LOST,
    )


def _centre(person: Person) -> np.ndarray:
    """Return the middle of the torso, else of the box, in pixels [2]."""
    torso = person.pixels[_TORSO]
    if np.isfinite(torso).all():
        return torso.mean(0).astype(np.float64)
    x, y, width, height = person.box
    return np.array((x + width / 2, y + height / 2))


def _pixels_per_metre(person: Person) -> float:
    """Return how large a metre is at this person, by landmarks known both ways, else by the box."""
    known = np.isfinite(person.pixels).all(-1) & np.isfinite(person.relative).all(-1)
    if known.sum() >= 2:
        extent = np.ptp(person.relative[known, :2], axis=0).max()
        if extent > 0.1:
            return float(max(np.ptp(person.pixels[known], axis=0).max() / extent, 1.0))
    return max(person.box[3], 1) / _BODY_M


def _pose_distance(a: Person, b: Person) -> float:
    """Return the mean distance of the root-relative landmarks that both have, metres; 0 = none."""
    distance = np.linalg.norm(a.relative - b.relative, axis=-1)
    known = distance[np.isfinite(distance)]
    return float(known.mean()) if known.size else 0.0
