# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.synth import things


def test_a_box_has_the_size_and_place_it_was_given():
    box = things.boxes("box", [((1, 2, 3), (0.2, 0.4, 0.6), (0.5, 0.5, 0.5), 0)])
    assert np.allclose(box.vertices.min(0), [0.9, 1.8, 2.7])
    assert np.allclose(box.size, [0.2, 0.4, 0.6])
    assert len(box.vertices) == 36
    assert len(box.material) == 12


def test_patterns_on_a_box_are_in_metres():
    box = things.boxes("box", [((0, 0, 0), (0.2, 0.4, 0.6), (0.5, 0.5, 0.5), 0)])
    for triangle in range(12):
        corners = slice(3 * triangle, 3 * triangle + 3)
        real = np.linalg.norm(np.diff(box.vertices[corners], axis=0), axis=1)
        drawn = np.linalg.norm(np.diff(box.pattern[corners], axis=0), axis=1)
        assert np.allclose(real, drawn, atol=1e-6)


def test_made_things_stand_on_the_floor(rng):
    for make in things.MADE:
        thing = make(rng, np.arange(4))
        assert thing.vertices[:, 2].min() > -0.01
        assert thing.material.max() < len(thing.rows)
        assert 0.05 < thing.size.max() < 4


def test_a_seat_is_as_high_as_asked(rng):
    stool = things.chair(rng, 0.45, back=False)
    assert abs(stool.size[2] - 0.45) < 1e-5


def test_placing_turns_scales_and_moves(rng):
    thing = things.crates(rng, np.arange(4))
    moved = thing.placed(np.eye(3), np.array([1.0, 2.0, 0.0]), 2.0)
    assert np.allclose(moved.vertices, thing.vertices * 2 + [1, 2, 0], atol=1e-5)
