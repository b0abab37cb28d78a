# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.perception import LandmarkState
from thfm_ros.synth.clips import ClipSettings, make_clip
from thfm_ros.synth.people_figures import load_cast, load_figures
from thfm_ros.synth.things import boxes


@pytest.fixture
def figure_pack(tmp_path):
    """A pack with one figure, a block of a man."""
    block = boxes("man", [((0, 0, 0.85), (0.5, 0.3, 1.7), (0.5, 0.2, 0.1), 0)])
    vertices, place = np.unique(block.vertices, axis=0, return_inverse=True)
    np.savez(
        tmp_path / "figures.npz",
        **{
            "Blocks-man/vertices": vertices,
            "Blocks-man/faces": place.reshape(-1, 3),
            "Blocks-man/colours": np.full((len(vertices), 3), 0.4),
        },
    )
    return tmp_path


def test_a_pack_without_figures_says_where_they_come_from(tmp_path):
    with pytest.raises(FileNotFoundError, match="sweethome3d-furniture"):
        load_figures(tmp_path)
    np.savez(tmp_path / "figures.npz")
    with pytest.raises(FileNotFoundError, match="holds no figures"):
        load_figures(tmp_path)


def test_figures_have_masks_and_geometry_but_no_landmarks(library, figure_pack):
    settings = ClipSettings((96, 72), 1)
    cast = load_cast(figure_pack)
    clip = make_clip(library, 2, settings, "person", "room", cast=cast)
    assert clip.about["outfits"][0] == "Blocks-man"
    assert (clip.mask > 127).mean() > 0.03
    assert (clip.landmark_state == LandmarkState.ABSENT).all()
    assert not clip.landmarks3d.any()
    assert not clip.part.any()
    assert (clip.depth[clip.mask > 127] > 0.3).all()
    assert np.allclose(np.linalg.norm(clip.normals[clip.mask > 127], axis=-1), 1, atol=1e-3)
