# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.render import materials, texture


def test_an_unknown_column_is_an_error():
    with pytest.raises(KeyError, match="GLOSSINESS"):
        materials.material(glossiness=1.0)


def test_mip_levels_lie_below_each_other():
    image = np.full((1, 128, 128, 3), 200, np.uint8)
    atlas = materials.tile_atlas(image)
    assert atlas.shape == (1, 240, 128, 3)
    for level, row in enumerate(materials.LEVEL_ROWS):
        size = 128 >> level
        assert (atlas[0, row : row + size, :size] == 200).all()


@pytest.mark.parametrize("texels", [0.5, 3.0, 20.0])
def test_every_level_of_a_plain_tile_has_its_colour(texels):
    atlas = materials.tile_atlas(np.full((1, 128, 128, 3), 128, np.uint8))
    colour = texture.tile(atlas, 0, 0.37, 0.81, texels)
    assert np.allclose(colour, (128 / 255) ** 2.2, atol=1e-3)


def test_fine_stripes_fade_to_their_mean_instead_of_moire():
    row = materials.material(materials.STRIPES, frequency=100.0, red=1.0, green=1.0, blue=1.0)
    atlas = materials.tile_atlas(np.zeros((1, 128, 128, 3), np.uint8))
    far = [
        texture.surface_colour(row[None], 0, atlas, 0.0, 0.0, 0.0, 0.0, 0.0, z, 0, 0.05)[0]
        for z in np.linspace(0, 1, 30)
    ]
    assert np.ptp(far) < 1e-6
    assert np.allclose(far, 0.45)
