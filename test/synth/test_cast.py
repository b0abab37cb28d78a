# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.synth.cast import choose_cast
from thfm_ros.synth.people import make_person


def test_an_unknown_look_is_named(tmp_path):
    with pytest.raises(ValueError, match="look is 'cartoons', allowed is one of"):
        choose_cast("cartoons", tmp_path)


def test_only_figures_want_their_file_in_the_pack(tmp_path):
    assert choose_cast("people", tmp_path) is make_person
    assert callable(choose_cast("quadrupeds", tmp_path))
    with pytest.raises(FileNotFoundError, match=r"figures\.npz"):
        choose_cast("figures", tmp_path)
