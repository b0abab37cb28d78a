# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is nearest; and each way in which "nobody is there" could be said wrongly."""

import math
from dataclasses import replace

import numpy as np
import pytest

from thfm_ros.perception import Perception, TrackState
from thfm_ros.runtime.scene.metric import locate
from thfm_ros.runtime.scene.nearest import NEEDED, Verdict, nearest_person

UNKNOWN, NOBODY, MEASURED = Verdict


def seen(*people, **fields):
    fields = {"tasks": NEEDED, **fields}
    return nearest_person(Perception(1, "optical", (640, 480), (1, 1), 0, people, **fields))


def test_nobody_is_infinitely_far_away():
    assert (seen().verdict, seen().distance) == (NOBODY, math.inf)


@pytest.mark.fault("F91")
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tasks": ("mask", "depth")}, "not looked for: keypoints2d, keypoints3d did not run"),
        ({"tasks": ("keypoints2d", "keypoints3d")}, "not looked for: mask did not run"),
        ({"tasks": ()}, "did not run"),
        ({"not_finite": 7}, "7 numbers that are not finite"),
        ({"blind": "the picture is all black"}, "the picture is all black"),
        ({"not_looked_at": 2, "others_m": math.nan}, "2 more are there, whose distance"),
    ],
)
def test_whoever_is_not_seen_is_not_nobody(fields, reason):
    found = seen(**fields)
    assert found.verdict == UNKNOWN
    assert math.isnan(found.distance)
    assert reason in found.reason


@pytest.mark.fault("F91")
def test_somebody_without_a_skeleton_counts_by_depth(person_at, camera):
    """Issue 27.3: an unmeasured nearer piece of mask."""
    person = locate(person_at((0, 0, 3)), camera)
    assert (seen(others_m=1.2, not_looked_at=1).verdict, seen(others_m=1.2).distance) == (
        MEASURED,
        1.2,
    )
    nearer, farther = seen(person, others_m=1.2), seen(person, others_m=6.0)
    assert (nearer.distance, nearer.person) == (1.2, None)
    assert farther.person is person
    assert 2.5 < farther.distance < 3.1


def test_somebody_of_unknown_place_is_not_far_away(person_at, camera):
    known, unknown = locate(person_at((0, 0, 2)), camera), person_at((1, 0, 4))
    for people in ((unknown,), (known, unknown)):
        nearest = seen(*people)
        assert nearest.verdict == UNKNOWN
        assert math.isnan(nearest.distance)
        assert nearest.count == len(people)
        assert nearest.person is not None


def test_the_nearest_landmark_of_all(person_at, camera):
    far, near = (locate(person_at((x, 0, z)), camera) for x, z in ((-0.5, 4.0), (0.5, 2.5)))
    nearest = seen(far, near)
    assert nearest.person is near
    assert nearest.distance == pytest.approx(np.linalg.norm(near.metric, axis=-1).min())
    assert nearest.distance == pytest.approx(np.linalg.norm(nearest.position), rel=1e-5)
    assert "right" in nearest.landmark
    assert 0 < nearest.sigma < 0.5


def test_who_is_lost_is_not_there(person_at, camera):
    person = replace(locate(person_at((0, 0, 2)), camera), track_state=TrackState.LOST)
    assert seen(person).count == 0


def test_a_hidden_person_still_counts(person_at, camera):
    person = replace(locate(person_at((0, 0, 2)), camera), track_state=TrackState.PREDICTED)
    assert seen(person).distance < 2.1


def test_no_landmark_at_all_is_unknown(person_at, camera):
    person = locate(person_at((0, 0, 2)), camera)
    person.metric[:] = np.nan
    assert math.isnan(seen(person).distance)
