# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth import garments
from thfm_ros.synth.garments import OUTFITS, Shell, choose_outfit


@pytest.fixture(scope="module")
def shell(body):
    return Shell(body)


def test_every_garment_covers_something_and_stands_off_the_skin(shell, rng):
    for _, cuts in OUTFITS.values():
        for garment in cuts:
            cut = garment(shell, rng)
            size = len(shell.height) if cut.shell == "tights" else len(cut.keep)
            assert cut.keep.shape == cut.offset.shape == (size,)
            assert cut.keep.any(), garment.__name__
            assert cut.offset.min() >= 0
            assert cut.offset.max() < 0.12


def test_trousers_cover_legs_but_no_arms(shell, rng):
    keep = garments.trousers(shell, rng).keep
    assert keep[shell.leg & (shell.along < 0.8)].all()
    assert not keep[shell.arm].any()


def test_an_open_jacket_leaves_a_gap_only_at_the_front(shell):
    cuts = [garments.jacket(shell, np.random.default_rng(seed)) for seed in range(8)]
    middle = shell.torso & (np.abs(shell.across) < 0.02) & (shell.height > 1.1)
    back = middle & ~shell.front
    opened = [not cut.keep[middle & shell.front].all() for cut in cuts]
    assert any(opened)
    assert not all(opened)
    assert all(cut.keep[back & (shell.height < 1.35)].all() for cut in cuts)


def test_outfits_are_drawn_by_their_weights(shell, rng):
    assert sum(weight for weight, _ in OUTFITS.values()) == pytest.approx(1.0)
    assert {choose_outfit(shell, rng)[0] for _ in range(80)} >= {"casual", "layered", "summer"}
