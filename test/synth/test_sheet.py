# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.clips import ClipSettings, make_clip
from thfm_ros.synth.sheet import COLUMNS, contact_sheet, draw_modality


@pytest.fixture(scope="module")
def clips(library):
    return [make_clip(library, k, ClipSettings((64, 48), 1), "person", "room") for k in range(3)]


def test_an_unknown_column_is_named(clips):
    with pytest.raises(ValueError, match=r"columns are \['heat'\], allowed are"):
        contact_sheet(clips, ("rgb", "heat"))


def test_sheets_have_a_row_a_clip_or_several_clips_a_row(clips):
    assert contact_sheet(clips).shape == (3 * 48, len(COLUMNS) * 64, 3)
    assert contact_sheet(clips, ("rgb",), across=2).shape == (2 * 48, 2 * 64, 3)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_modality_draws_something(clips, name):
    picture = draw_modality(clips[0], 0, name)
    assert picture.dtype == np.uint8
    assert picture.std() > 1


def test_an_empty_room_can_be_drawn(library):
    clip = make_clip(library, 0, ClipSettings((64, 48), 1), "nobody", "outdoors")
    assert contact_sheet([clip]).shape == (48, len(COLUMNS) * 64, 3)
