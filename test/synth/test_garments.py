# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth import garments
from thfm_ros.synth.garments import OUTFITS, BodyMap, choose_outfit


@pytest.fixture(scope="module")
def where(body):
    return BodyMap(body)


def test_every_garment_covers_something_and_stands_off_the_skin(where, rng):
    for _, cuts in OUTFITS.values():
        for garment in cuts:
            cut = garment(where, rng)
            size = len(where.height) if cut.shell == "tights" else len(cut.keep)
            assert cut.keep.shape == cut.offset.shape == (size,)
            assert cut.keep.any(), garment.__name__
            assert cut.offset.min() >= 0
            assert cut.offset.max() < 0.12


def test_trousers_cover_legs_but_no_arms(where, rng):
    keep = garments.trousers(where, rng).keep
    assert keep[where.leg & (where.along < 0.8)].all()
    assert not keep[where.arm].any()


def test_an_open_jacket_leaves_a_gap_only_at_the_front(where):
    cuts = [garments.jacket(where, np.random.default_rng(seed)) for seed in range(8)]
    middle = where.torso & (np.abs(where.across) < 0.02) & (where.height > 1.1)
    back = middle & ~where.front
    opened = [not cut.keep[middle & where.front].all() for cut in cuts]
    assert any(opened)
    assert not all(opened)
    assert all(cut.keep[back & (where.height < 1.35)].all() for cut in cuts)


def test_outfits_are_drawn_by_their_weights(where, rng):
    assert sum(weight for weight, _ in OUTFITS.values()) == pytest.approx(1.0)
    assert {choose_outfit(where, rng)[0] for _ in range(80)} >= {"casual", "layered", "summer"}
