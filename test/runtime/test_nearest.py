# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import numpy as np
import pytest

from thfm_ros.runtime.metric import locate
from thfm_ros.runtime.nearest import nearest_person
from thfm_ros.runtime.perception import TrackState


def test_nobody_is_infinitely_far_away():
    assert nearest_person(()).distance == math.inf


def test_somebody_of_unknown_place_is_not_far_away(person_at, camera):
    known, unknown = locate(person_at((0, 0, 2)), camera), person_at((1, 0, 4))
    for people in ((unknown,), (known, unknown)):
        nearest = nearest_person(people)
        assert math.isnan(nearest.distance)
        assert nearest.count == len(people)
        assert nearest.person is not None


def test_the_nearest_landmark_of_all(person_at, camera):
    far, near = (locate(person_at((x, 0, z)), camera) for x, z in ((-0.5, 4.0), (0.5, 2.5)))
    nearest = nearest_person((far, near))
    assert nearest.person is near
    assert nearest.distance == pytest.approx(np.linalg.norm(near.metric, axis=-1).min())
    assert nearest.distance == pytest.approx(np.linalg.norm(nearest.position), rel=1e-5)
    assert "right" in nearest.landmark
    assert 0 < nearest.sigma < 0.5


def test_who_is_lost_is_not_there(person_at, camera):
    person = replace(locate(person_at((0, 0, 2)), camera), track_state=TrackState.LOST)
    assert nearest_person((person,)).count == 0


def test_a_hidden_person_still_counts(person_at, camera):
    person = replace(locate(person_at((0, 0, 2)), camera), track_state=TrackState.PREDICTED)
    assert nearest_person((person,)).distance < 2.1


def test_no_landmark_at_all_is_unknown(person_at, camera):
    person = locate(person_at((0, 0, 2)), camera)
    person.metric[:] = np.nan
    assert math.isnan(nearest_person((person,)).distance)
