# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.runtime.scene.instances import (
    OTHERS,
    cut_pieces,
    join_by_skeletons,
    label_people,
)

SIZE = (640, 480)


def painted(*boxes):
    """A mask [480, 640] with people as boxes (x, y, width, height)."""
    mask = np.zeros(SIZE[::-1], np.float32)
    for x, y, width, height in boxes:
        mask[y : y + height, x : x + width] = 1.0
    return mask


def mask_of(person):
    x, y, width, height = person.box
    return painted((x - 10, y - 10, width + 20, height + 20))


@pytest.mark.parametrize("value", [0.0, 0.49])
def test_nobody_is_no_piece(value):
    pieces = cut_pieces(np.full(SIZE[::-1], value, np.float32), None)
    assert pieces.boxes == ()
    assert not label_people(pieces, (), np.zeros(SIZE[::-1])).any()


def test_pieces_are_ordered_by_size_and_crumbs_are_no_candidates():
    pieces = cut_pieces(painted((400, 100, 80, 150), (50, 50, 100, 300), (300, 20, 8, 8)), None)
    assert len(pieces.boxes) == 2
    np.testing.assert_allclose(pieces.boxes, [(50, 50, 100, 300), (400, 100, 80, 150)], atol=4)


def test_a_jump_in_depth_parts_two_people_who_overlap():
    mask = painted((200, 100, 200, 300))
    ratio = np.where(np.arange(640) < 300, 1.0, 1.5).astype(np.float32)[None].repeat(480, 0)
    assert len(cut_pieces(mask, None).boxes) == 1
    pieces = cut_pieces(mask, ratio)
    assert len(pieces.boxes) == 2
    assert (pieces.labels[cut_pieces(mask, None).labels > 0] > 0).all()


def test_a_body_in_two_pieces_is_joined_by_its_skeleton(person_at):
    person = person_at((0, 0, 3))
    mask = mask_of(person)
    mask[240:270] = 0.0
    pieces = cut_pieces(mask, None)
    assert len(pieces.boxes) == 2
    assert len(join_by_skeletons(pieces, (person,)).boxes) == 1
    assert len(join_by_skeletons(pieces, ()).boxes) == 2


def test_every_pixel_says_whose_it_is(person_at):
    left, right = person_at((-0.9, 0, 3)), person_at((0.9, 0, 3))
    mask = np.maximum(np.maximum(mask_of(left), mask_of(right)), painted((0, 0, 60, 60)))
    labels = label_people(cut_pieces(mask, None), (left, right), mask)
    for label, person in ((1, left), (2, right)):
        x, y = person.pixels[23].astype(int)
        assert labels[y, x] == label
    assert labels[10, 10] == OTHERS
    assert labels[470, 320] == 0
    assert ((labels > 0) == (mask >= 0.5)).all()


def test_one_piece_of_two_people_goes_to_the_nearer_skeleton(person_at):
    left, right = person_at((-0.3, 0, 3)), person_at((0.3, 0, 3))
    mask = np.maximum(mask_of(left), mask_of(right))
    labels = label_people(cut_pieces(mask, None), (left, right), mask)
    wrists = left.pixels[16].astype(int), right.pixels[15].astype(int)
    assert [labels[y, x] for x, y in wrists] == [1, 2]


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 2), (1, 4)])
def test_tiny_pictures_are_pictures(size):
    """Issue 27.10: one pixel raised inside OpenCV in every frame."""
    mask = np.ones(size, np.float32)
    pieces = cut_pieces(mask, np.ones(size, np.float32))
    labels = label_people(pieces, (), mask)
    assert labels.shape == size
    assert (labels == OTHERS).all()
