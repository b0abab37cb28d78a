# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import itertools

import numpy as np
import pytest

from thfm_ros.evaluation.metrics import people


def test_nobody_to_match():
    assert people.assign(np.zeros((0, 3))) == []
    assert people.assign(np.zeros((2, 0))) == []
    assert np.isnan(list(people.detection(0, 0, 0).values())).all()


def test_beyond_the_gate_nobody_matches():
    assert people.assign(np.array([[0.6, np.inf]]), gate=0.5) == []


def test_the_cheapest_pairs_together_win_over_the_cheapest_pair():
    cost = np.array([[0.1, 0.2], [0.15, 0.45]])
    assert people.assign(cost) == [(0, 1), (1, 0)]


def test_as_many_pairs_as_possible_come_first():
    cost = np.array([[0.01, 0.49], [0.49, 0.9]])
    assert people.assign(cost) == [(0, 1), (1, 0)]


def test_the_assignment_is_the_best_of_all():
    cost = np.random.default_rng(0).uniform(0, 0.5, (4, 4))
    best = min(itertools.permutations(range(4)), key=lambda p: sum(cost[i, p[i]] for i in range(4)))
    assert people.assign(cost) == list(enumerate(best))


def test_hand_computed_distance():
    truth = np.zeros((33, 2))
    predicted = truth + np.array((3, 4))
    predicted[5:] = np.nan
    valid = np.arange(33) < 8
    assert people.distance(predicted, truth, valid, 10) == pytest.approx(0.5)
    assert people.distance(predicted, truth, ~valid, 10) == np.inf


def test_hand_computed_detection():
    found = people.detection(matched=6, predicted=8, true=12)
    assert found == {"precision": 0.75, "recall": 0.5, "f1": pytest.approx(0.6)}


def test_hand_counted_id_switches():
    frames = [
        [("a", "1"), ("b", "2")],
        [("a", "1")],
        [("a", "2"), ("b", "1")],
        [("a", ""), ("b", "1")],
        [("a", "2")],
    ]
    assert people.id_switches(frames) == 2
