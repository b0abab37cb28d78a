# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is who, from start to end: scenes of the generator, whose truth stands for the model's word.

What is told of a crop is told of whom most of it shows, as models are trained; nobody else is seen.
"noisy" adds what trained models do: landmarks that jitter, depth that bends, ragged masks, misses.
"""

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.perception import Perception, Person, TrackState
from thfm_ros.region import crop_around, others_around
from thfm_ros.runtime.looks.crops import distinct
from thfm_ros.runtime.scene.people import landmark_box, landmark_states
from thfm_ros.runtime.scene.scene import Scene, ScenePolicy
from thfm_ros.runtime.scene.tracking import TrackPolicy
from thfm_ros.tasks.depth_code import DepthCode

STAGES = Path(__file__).parents[1] / "data" / "stages.npz"
CODE = DepthCode("log_ratio", 0.4)
TASKS = ("depth", "mask", "keypoints2d", "keypoints3d")
HIPS = [skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]]
START_NS = 10**18
SMALLEST_PX = 60
SEEN = (TrackState.NEW, TrackState.TRACKED)
PIXEL_NOISE, BODY_NOISE_M, SIZE_NOISE, DEPTH_NOISE, MISSES = 0.03, 0.04, 0.05, 0.04, 0.05
"""Share of the box, metres, share of the body, share of the distance, share of the looks."""


class Witness:
    """Tells of one stage's frames what a network would; with a seed, what a noisy one would."""

    def __init__(self, name, seed=None):
        with np.load(STAGES) as file:
            prefix = f"{name}/"
            self.truth = {k.removeprefix(prefix): file[k] for k in file.files if prefix in k}
        self.noise = None if seed is None else np.random.default_rng(seed)
        self.size = self.truth["instance"].shape[:0:-1]
        self.camera = Intrinsics(*map(float, self.truth["intrinsics"]), *self.size)
        self.stamps = START_NS + np.rint(self.truth["times"] * 1e9).astype(int)
        self.frame = 0
        self.told = [[] for _ in self.stamps]

    def see(self, frame):
        """What Scene.complete takes, of a frame."""
        self.frame = frame
        stamp, instance = int(self.stamps[frame]), self.truth["instance"][frame]
        mask = (instance > 0).astype(np.float32)
        metres = self.truth["depth"][frame] / np.float32(100)
        ratio = np.where(mask > 0, metres, np.nan) / np.nanmedian(
            metres[mask > 0] if mask.any() else 1.0
        )
        if self.noise:
            mask, ratio = self.ragged(mask), ratio * self.bent()
        relative = CODE.value(torch.from_numpy(ratio.astype(np.float32))).numpy()
        seen = Perception(
            stamp,
            "optical",
            self.size,
            (stamp, stamp),
            0,
            self.look((0, 0, *self.size)),
            maps={"depth": relative, "mask": mask},
        )
        image = np.zeros((*self.size[::-1], 3), np.uint8)
        return seen, TASKS, (Frame(stamp, image, "optical", self.camera),), 0

    def read_crops(self, frames, padded, boxes, mask):
        people = []
        for box in boxes:
            crop = crop_around(box, self.size, self.size)
            people += self.look(crop.box, others_around(box, mask) > 0)
        return distinct(people)

    def look(self, box, hidden=False):
        """Tell of whom a part of the image shows most, if that is enough of somebody."""
        x, y, width, height = box
        shown = np.where(hidden, 0, self.truth["instance"][self.frame])
        part = shown[y : y + height, x : x + width]
        counts = np.bincount(part.ravel(), minlength=2)[1:]
        missed = self.noise is not None and self.noise.random() < MISSES
        if missed or counts.max() < SMALLEST_PX:
            return ()
        return (self.tell(int(counts.argmax())),)

    def tell(self, who):
        pixels = self.truth["pixels"][self.frame, who] / 64.0
        metres = self.truth["landmarks"][self.frame, who] / 1000.0
        relative = metres - metres[HIPS].mean(0)
        if self.noise:
            long_edge = max(np.ptp(pixels, axis=0))
            pixels = pixels + self.noise.normal(0, PIXEL_NOISE * long_edge, pixels.shape)
            relative = relative * (1 + self.noise.normal(0, SIZE_NOISE))
            relative = relative + self.noise.normal(0, BODY_NOISE_M, relative.shape)
            relative -= relative[HIPS].mean(0)
        self.told[self.frame].append((who, pixels.astype(np.float32)))
        confidence = np.where(self.truth["state"][self.frame, who] == 1, 0.9, 0.4)
        return Person(
            score=0.9,
            pixels=pixels.astype(np.float32),
            relative=relative.astype(np.float32),
            confidence=confidence.astype(np.float32),
            state=landmark_states(pixels, confidence, 0.3, self.size),
            box=landmark_box(pixels, self.size),
        )

    def ragged(self, mask):
        """Move the mask's edge in and out by about a pixel."""
        field = cv2.resize(self.noise.normal(0, 1, (24, 32)).astype(np.float32), self.size)
        return (cv2.GaussianBlur(mask, (5, 5), 1.2) + 0.15 * field).clip(0, 1) * (mask.max() > 0)

    def bent(self):
        """A smooth error of depth, other in every frame."""
        return 1 + DEPTH_NOISE * cv2.resize(self.noise.normal(0, 1, (6, 8)), self.size)

    def who_is(self, frame, person):
        """Return the index of the true person of whom a sighting was told."""
        return next(who for who, told in self.told[frame] if np.array_equal(told, person.pixels))


@pytest.fixture(params=[None, 0, 1], ids=["true", "noisy", "noisy_again"])
def play(request):
    """Return a function that plays a stage: the witness and what was said of each frame."""

    def play(name, **policy):
        witness = Witness(name, request.param)
        scene = Scene(ScenePolicy(TrackPolicy(**policy)), CODE, witness.read_crops)
        told = [scene.complete(*witness.see(k)) for k in range(len(witness.stamps))]
        return witness, told

    return play


def ids_by_truth(witness, told):
    """{true person: its ids, in order}; whoever was seen only once was perhaps nobody.

    On the way, no id may be of two people.
    """
    ids, owners = defaultdict(list), {}
    for frame, result in enumerate(told):
        for person in result.people:
            if person.track_state in SEEN:
                who = witness.who_is(frame, person)
                assert owners.setdefault(person.id, who) == who, f"{person.id} is swapped"
                if person.track_state == TrackState.TRACKED and person.id not in ids[who]:
                    ids[who].append(person.id)
    return dict(ids)


def states_of(told, id):
    """The track states of an id over the frames in which it is told of, as (frame, state)."""
    return [
        (frame, person.track_state)
        for frame, result in enumerate(told)
        for person in result.people
        if person.id == id
    ]


@pytest.mark.fault("F48")
def test_nobody(play):
    _, told = play("nobody")
    assert all(result.people == () for result in told)
    assert not any(result.instances.any() for result in told)
    assert all(result.depth is None for result in told)


@pytest.mark.fault("F47")
def test_people_who_cross_keep_their_ids(play):
    witness, told = play("crossing")
    ids = ids_by_truth(witness, told)
    assert {who: len(given) for who, given in ids.items()} == {0: 1, 1: 1}
    hidden = [frame for frame, state in states_of(told, ids[1][0]) if state == TrackState.PREDICTED]
    assert len(hidden) >= 1


@pytest.mark.fault("F47")
def test_who_turns_back_behind_somebody_is_still_the_same(play):
    witness, told = play("turning_back", lost_after_s=3.0)
    ids = ids_by_truth(witness, told)
    assert {who: len(given) for who, given in ids.items()} == {0: 1, 1: 1}


@pytest.mark.fault("F47")
def test_who_leaves_is_lost_in_time_and_comes_back_as_somebody_else(play):
    witness, told = play("leaving", lost_after_s=1.0)
    ids = ids_by_truth(witness, told)
    assert {who: len(given) for who, given in ids.items()} == {0: 1, 1: 2}
    states = states_of(told, ids[1][0])
    last_seen = max(frame for frame, state in states if state in SEEN)
    assert states[-1][1] == TrackState.LOST
    assert [state for _, state in states].count(TrackState.LOST) == 1
    away_s = (witness.stamps[states[-1][0]] - witness.stamps[last_seen]) * 1e-9
    assert 1.0 < away_s <= 1.11
    between = [state for frame, state in states if last_seen < frame < states[-1][0]]
    assert set(between) == {TrackState.PREDICTED}


@pytest.mark.fault("F48")
def test_several_people_have_an_id_and_their_own_pixels_each(play):
    witness, told = play("several")
    ids = ids_by_truth(witness, told)
    assert {who: len(given) for who, given in ids.items()} == {0: 1, 1: 1, 2: 1}
    overlaps = []
    for frame, result in enumerate(told):
        for index, person in enumerate(result.people):
            if person.track_state not in SEEN:
                continue
            who = witness.who_is(frame, person)
            ours, theirs = (
                result.instances == index + 1,
                witness.truth["instance"][frame] == who + 1,
            )
            overlaps.append((ours & theirs).sum() / (ours | theirs).sum())
    assert np.median(overlaps) > 0.85


@pytest.mark.fault("F48")
def test_of_a_crowd_no_more_than_the_limit_are_told(play):
    witness, told = play("crowd", max_people=4)
    for result in told:
        assert sum(person.track_state in SEEN for person in result.people) <= 4
    ids = ids_by_truth(witness, told)
    assert len(ids) >= 4
    assert {len(given) for given in ids.values()} == {1}


@pytest.mark.fault("F32")
def test_people_stand_where_they_do(play):
    witness, told = play("several")
    errors = []
    for frame, result in enumerate(told):
        for person in result.people:
            if person.track_state not in SEEN:
                continue
            truth = witness.truth["landmarks"][frame, witness.who_is(frame, person)] / 1000.0
            errors.append(np.linalg.norm(person.root - truth[HIPS].mean(0)))
    assert np.median(errors) < (0.2 if witness.noise else 0.02)
