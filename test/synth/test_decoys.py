# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth import decoys
from thfm_ros.synth.clips import ClipSettings, make_clip

TIMES = np.zeros(1)


@pytest.mark.parametrize("name", decoys.DECOYS)
def test_every_decoy_stands_on_the_floor(library, name):
    decoy = decoys.DECOYS[name][1](library, np.random.default_rng(1), TIMES)
    used = np.unique(decoy.dressed.faces)
    assert len(used)
    assert np.isfinite(decoy.points).all()
    assert abs(decoy.points[0, :, 2].min()) < 0.1


def test_clothes_have_nobody_in_them(library):
    decoy = decoys.clothes(library, np.random.default_rng(1), TIMES)
    person = decoys.make_person(library, np.random.default_rng(1), TIMES)
    assert 0 < len(decoy.dressed.faces) < len(person.dressed.faces)


@pytest.mark.parametrize("seed", range(4))
def test_the_truth_of_decoys_is_nobody(library, seed):
    seen = make_clip(library, seed, ClipSettings((64, 48), 1), "person", cast=decoys.cast)
    clip = decoys.as_nobody(seen, library)
    assert clip.rgb.shape == seen.rgb.shape
    assert clip.landmarks2d.shape == (1, 0, 33, 2)
    assert clip.about["framing"] == "nobody"
    assert clip.about["identities"] == []
    for plane in ("mask", "instance", "part", "normals", "dense_pose"):
        assert not getattr(clip, plane).any(), plane


def test_the_same_seed_gives_the_same_close_up(library):
    rows = [
        decoys.as_nobody(
            make_clip(library, 5, ClipSettings((64, 48), 1), "person", cast=decoys.cast), library
        ).rgb
        for _ in range(2)
    ]
    assert np.array_equal(*rows)
