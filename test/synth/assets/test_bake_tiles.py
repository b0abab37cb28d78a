# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.assets.bake_tiles import PERSON_LIKE


def test_a_pack_without_packages_has_all_tiles_made_up(pack):
    with np.load(pack / "tiles.npz") as file:
        assert file["images"].shape == (400, 128, 128, 3)
        assert file["images"].dtype == np.uint8
        assert len(set(file["names"])) == 400


@pytest.mark.parametrize("name", ["reallusion/male01.obj", "girlStanding", "wallPhotoWoman"])
def test_pictures_of_people_never_become_texture(name):
    assert PERSON_LIKE.search(name)
