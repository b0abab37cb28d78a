# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.appearance import dress
from thfm_ros.synth.wardrobe import Garment, load_wardrobe, pieces_of


@pytest.fixture
def sleeve(library):
    """A piece of skin as a garment, a centimetre off the body where the body is a metre tall."""
    body = library.body
    faces = body.skin_faces[2000:2300]
    used, renumbered = np.unique(faces, return_inverse=True)
    top, floor = body.template[:, 2].argmax(), body.template[:, 2].argmin()
    bound = np.repeat(used[:, None], 3, 1)
    return Garment(
        name="male_sleeve",
        kind="clothes",
        bound=bound,
        shares=np.tile(np.float32([1, 0, 0]), (len(used), 1)),
        offset=np.tile(np.float32([0, 0, 0.01]), (len(used), 1)),
        measures=np.array([[top, floor]] * 3),
        lengths=np.ones(3, np.float32),
        hides=used,
        faces=renumbered.reshape(-1, 3).astype(np.int32),
        piece=np.zeros(len(used), np.int32),
    )


def test_without_a_file_there_is_no_wardrobe(tmp_path):
    assert load_wardrobe(tmp_path / "garments.npz") == ()


def test_a_wardrobe_is_read_back(sleeve, tmp_path):
    fields = {k: v for k, v in vars(sleeve).items() if isinstance(v, np.ndarray)}
    names = {f"clothes/male_sleeve/{name}": array for name, array in fields.items()}
    np.savez(tmp_path / "garments.npz", **names)
    (read,) = load_wardrobe(tmp_path / "garments.npz")
    assert (read.name, read.kind) == ("male_sleeve", "clothes")
    assert np.array_equal(read.bound, sleeve.bound)


def test_a_garment_is_as_far_off_as_the_body_is_tall(library, sleeve):
    identity = library.body.identity(0)
    off = sleeve.fit(identity.vertices) - identity.vertices[sleeve.bound[:, 0]]
    height = np.ptp(identity.vertices[sleeve.measures[2], 2])
    assert off[:, 2] == pytest.approx(np.full(len(off), 0.01 * height), abs=1e-5)
    assert np.abs(off[:, :2]).max() < 1e-6


def test_it_moves_and_is_labelled_as_what_it_is_bound_to(library, sleeve):
    body = library.body
    zones = sleeve.zones(body)
    looks = dict.fromkeys(np.unique(zones).tolist(), (np.ones(3), 5))
    piece = pieces_of(sleeve, body, body.identity(0).vertices, looks, zones)
    below = sleeve.bound[:, 0]
    assert np.allclose(piece.attributes["canonical"], body.canonical[below], atol=1e-6)
    assert np.array_equal(piece.attributes["part"], body.part[below])
    for name in ("weights", "bones"):
        assert piece.attributes[name].shape == getattr(body, name)[below].shape
    strongest = piece.attributes["bones"][:, 0]
    assert (strongest == body.bones[below, body.weights[below].argmax(1)]).mean() > 0.9


def test_half_of_the_people_wear_it(library, sleeve):
    identity = library.body.identity(0)
    outfits = [
        dress(library.body, identity, np.random.default_rng(seed), library.tiles, (sleeve,)).outfit
        for seed in range(12)
    ]
    assert 2 < outfits.count("male_sleeve") < 11


def test_without_a_wardrobe_people_are_what_they_were(library):
    """Data sets of before there were modelled garments are made to the byte."""
    body, identity = library.body, library.body.identity(0)
    first, second = (
        dress(body, identity, np.random.default_rng(3), library.tiles, *extra)
        for extra in ((), ((),))
    )
    assert np.array_equal(first.vertices, second.vertices)
