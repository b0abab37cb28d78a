# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.synth import people
from thfm_ros.synth.people import make_person

TIMES = np.arange(3) / 10


@pytest.fixture(scope="module")
def crowd(library):
    return [make_person(library, np.random.default_rng(seed), TIMES) for seed in range(30)]


def test_everybody_stands_on_the_floor_at_the_origin(crowd):
    hips = [skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]]
    for person in crowd:
        assert np.abs(person.points[..., 2].min(1)).max() < 0.05
        assert np.abs(person.landmarks[1, hips, :2].mean(0)).max() < 1e-4
        assert 0.4 < np.ptp(person.points[1, :, 2]) < 2.6


def test_landmarks_lie_in_or_on_the_body(crowd):
    for person in crowd:
        low, high = person.points.min((0, 1)) - 0.02, person.points.max((0, 1)) + 0.02
        assert (person.landmarks > low).all()
        assert (person.landmarks < high).all()


def test_seats_are_under_the_hips(crowd):
    hips = [skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]]
    seated = [person for person in crowd if person.seat is not None]
    assert seated
    for person in seated:
        lowest = person.landmarks[:, hips].mean(1)
        below = lowest[lowest[:, 2].argmin()]
        place = person.seat.vertices.mean(0)
        assert np.linalg.norm(place[:2] - below[:2]) < 0.35


def test_carried_things_move_with_the_hands(crowd):
    wrists = [skeleton.INDEX["left_wrist"], skeleton.INDEX["right_wrist"]]
    carrying = [person for person in crowd if person.held[0]]
    assert carrying
    for person in carrying:
        for instant, held in enumerate(person.held):
            gap = np.linalg.norm(
                person.landmarks[instant, wrists] - held[0].vertices.mean(0), axis=-1
            )
            assert gap.min() < 0.5


def test_moving_a_person_moves_all_that_is_theirs(crowd):
    person = next(p for p in crowd if p.seat is not None)
    moved = person.moved([1.0, -2.0, 0.0])
    assert np.allclose(moved.points - person.points, [1, -2, 0], atol=1e-5)
    assert np.allclose(moved.landmarks - person.landmarks, [1, -2, 0], atol=1e-5)
    assert np.allclose(moved.seat.vertices - person.seat.vertices, [1, -2, 0], atol=1e-5)


def test_recorded_motions_are_used_where_there_are_any(pack, motion_folder, monkeypatch):
    from thfm_ros.synth.library import load_library

    monkeypatch.setattr(people, "RECORDED_SHARE", 1.0)
    library = load_library(pack, "train", (motion_folder,))
    person = make_person(library, np.random.default_rng(0), TIMES)
    assert person.motion.source.startswith("bend_")
