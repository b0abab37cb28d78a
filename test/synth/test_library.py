# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.synth.assets.licences import LicenceError
from thfm_ros.synth.library import load_library
from thfm_ros.synth.splits import SPLITS


def test_a_missing_pack_says_how_to_make_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="thfm synth assets"):
        load_library(tmp_path, "train")


def test_a_missing_motion_folder_is_named(pack, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"--motions .*nowhere is no folder"):
        load_library(pack, "train", (tmp_path / "nowhere",))


def test_non_commercial_motions_are_refused(pack, tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "amass_walk.txt").write_text("{}")
    with pytest.raises(LicenceError, match="AMASS"):
        load_library(pack, "val", (folder,))


def test_splits_share_no_identity_motion_or_background(pack, motion_folder):
    seen = {kind: set() for kind in ("identities", "motions", "panoramas", "tiles")}
    totals = dict.fromkeys(seen, 0)
    for split in SPLITS:
        library = load_library(pack, split, (motion_folder,))
        parts = {
            "identities": set(library.identities.tolist()),
            "motions": {motion.source for motion in library.motions},
            "panoramas": {panorama.name for panorama in library.panoramas},
            "tiles": set(library.tiles.tolist()),
        }
        for kind, found in parts.items():
            totals[kind] += len(found)
            seen[kind] |= found
    assert totals == {kind: len(found) for kind, found in seen.items()}
    assert totals["identities"] == 60
    assert totals["motions"] == 6
    assert totals["tiles"] == 400
