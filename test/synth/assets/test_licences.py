# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from thfm_ros.synth.assets.licences import NON_COMMERCIAL, LicenceError, check_free


@pytest.mark.parametrize(
    "path",
    [
        "motions/AMASS/walk.bvh",
        "smpl_walk.txt",
        "data/SMPL-X/clip.bvh",
        "deepmimic/motions/sie/run.txt",
        "H36M/S1/walking.bvh",
        "amass-cmu/01.txt",
    ],
)
def test_non_commercial_data_is_refused_by_name(path):
    with pytest.raises(LicenceError, match=r"is refused: .*(non-commercial|academic|CC-BY-NC)"):
        check_free(Path(path))


@pytest.mark.parametrize(
    "path", ["cmu/01_01.bvh", "humanoid3d_walk.txt", "siesta/nap.bvh", "samples/simple.txt"]
)
def test_free_data_passes(path):
    check_free(Path(path))


def test_every_refusal_says_why():
    assert all(len(reason) > 20 for reason in NON_COMMERCIAL.values())
