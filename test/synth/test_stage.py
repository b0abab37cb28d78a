# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.synth.stage import RATE_HZ, STAGES, Walk, make_stage

HIPS = [skeleton.INDEX["left_hip"], skeleton.INDEX["right_hip"]]


def test_an_unknown_stage_is_named(library):
    with pytest.raises(ValueError, match="stage is 'opera', allowed is one of nobody, crossing"):
        make_stage(library, "opera", (64, 48))


def test_a_walk_goes_straight_between_its_places_and_waits_at_its_ends():
    walk = Walk(((1.0, 0.0, 2.0), (3.0, 4.0, 3.0)))
    found = walk.at(np.array([0.0, 1.0, 2.0, 3.0, 9.0]))
    np.testing.assert_allclose(found, [(0, 2), (0, 2), (2, 2.5), (4, 3), (4, 3)])


def test_people_are_where_their_walks_say_and_face_where_they_go(library):
    clip = make_stage(library, "crossing", (64, 48))
    assert len(clip.times) == STAGES["crossing"].seconds * RATE_HZ
    for who, walk in enumerate(STAGES["crossing"].walks):
        hips = clip.landmarks3d[:, who, HIPS].mean(1)
        np.testing.assert_allclose(hips[:, [0, 2]], walk.at(clip.times), atol=0.01)
        ahead = clip.landmarks3d[:, who, skeleton.INDEX["nose"]] - hips
        assert np.sign(np.median(ahead[:, 0])) == np.sign(walk.places[-1][1])
    seen = [(clip.instance == who).sum((1, 2)) for who in (1, 2)]
    assert seen[0].min() > 100
    assert seen[1].min() < 0.4 * np.median(seen[1])


def test_nobody_is_on_an_empty_stage(library):
    clip = make_stage(library, "nobody", (64, 48))
    assert clip.landmarks2d.shape[1] == 0
    assert not clip.mask.any()
