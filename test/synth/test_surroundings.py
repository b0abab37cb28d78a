# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from thfm_ros.synth.render.arrays import OUTDOORS, PHOTO, ROOM
from thfm_ros.synth.surroundings import PLACES, choose_kind, make_place

SPACE = np.array([[-1, -1, 0], [2, 1.5, 1.9]])


@pytest.fixture(scope="module")
def with_photo(library):
    photo = np.random.default_rng(0).random((480, 640, 3)).astype(np.float32)
    return dataclasses.replace(library, photos=(("flower", photo),))


def test_places_need_backgrounds_of_their_kind(library, rng):
    bare = dataclasses.replace(library, panoramas=(), photos=())
    assert {choose_kind(bare, rng) for _ in range(100)} == {"room", "corridor", "hall"}


@pytest.mark.parametrize("kind", PLACES)
def test_every_kind_is_made(with_photo, rng, kind):
    place = make_place(with_photo, rng, kind, SPACE, (64, 48))
    expected = {"outdoors": OUTDOORS, "photo": PHOTO}.get(kind, ROOM)
    assert place.surroundings.kind == expected
    assert place.harmonics.shape == (9, 3)
    assert (place.sun_colour >= 0).all()
    assert place.sun[2] > 0, "light falls from above"


@pytest.mark.parametrize("kind", ["room", "corridor", "hall"])
def test_rooms_hold_everybody(library, rng, kind):
    for _ in range(20):
        box = make_place(library, rng, kind, SPACE, (64, 48)).surroundings.box
        assert (box[:2, 0] < SPACE[0, :2]).all()
        assert (box[:2, 1] > SPACE[1, :2]).all()
        assert box[2, 0] == 0
        assert box[2, 1] > SPACE[1, 2]


def test_a_photograph_is_fitted_to_the_image(with_photo, rng):
    place = make_place(with_photo, rng, "photo", SPACE, (64, 48))
    assert place.surroundings.picture.shape == (48, 64, 3)
    assert place.background == "flower"


def test_a_pack_without_panoramas_still_has_light(library, rng):
    place = make_place(dataclasses.replace(library, panoramas=()), rng, "room", SPACE, (64, 48))
    assert (place.harmonics[0] > 0).all()
