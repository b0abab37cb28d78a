# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.clips.folder import ShardFolder
from thfm_ros.training.augmentation import cut, pan, single_out, zoom
from thfm_ros.training.samples import most_visible


def clip(shards, people):
    return ShardFolder(shards).load(people)


def test_a_cut_moves_landmarks_and_principal_point_with_the_picture(shards):
    whole = clip(shards, 1)
    part = cut(whole, (10, 4, 40, 30))
    assert part.rgb.shape[1:3] == part.depth.shape[1:3] == (30, 40)
    assert np.array_equal(part.rgb, whole.rgb[:, 4:34, 10:50])
    moved = whole.landmarks2d - part.landmarks2d
    assert moved == pytest.approx(np.broadcast_to((10, 4), moved.shape))
    assert part.intrinsics[0] == pytest.approx((60, 60, 21.5, 19.5))


def test_landmarks_that_a_cut_leaves_outside_are_out_of_view(shards):
    whole = clip(shards, 1)
    middle = np.median(whole.landmarks2d[0, 0, :, 0])
    part = cut(whole, (0, 0, int(middle), 48))
    outside = part.landmarks2d[..., 0] + 0.5 > int(middle)
    assert outside.any()
    assert not outside.all()
    assert (part.landmark_state[outside] == 3).all()
    assert (part.landmark_state[~outside] == 1).all()


def test_what_is_behind_the_camera_stays_absent(shards):
    whole = clip(shards, 1)
    whole.landmark_state[:, :, 0] = 0
    assert (cut(whole, (0, 0, 8, 6)).landmark_state[:, :, 0] == 0).all()


@pytest.mark.parametrize("people", [0, 1, 2])
def test_zoom_keeps_proportions_and_pixels(shards, people):
    whole = clip(shards, people)
    shown = []
    for seed in range(20):
        # Result at 64x48, no window may be smaller than half of that: two pixels are made of one.
        part = zoom(whole, (64, 48), np.random.default_rng(seed))
        shown.append(part.instance.any())
        height, width = part.rgb.shape[1:3]
        assert 24 <= height <= 48
        assert 32 <= width <= 64
        assert width / height == pytest.approx(64 / 48, rel=0.05)
    # A few windows go astray.
    assert sum(shown) >= 15 if people else not any(shown)


def test_zoom_makes_at_most_two_pixels_of_one(shards):
    whole = clip(shards, 1)
    widths = [zoom(whole, (64, 48), np.random.default_rng(k)).rgb.shape[2] for k in range(30)]
    assert 32 <= min(widths) < 40
    assert max(widths) == 64
    assert zoom(whole, (128, 96), np.random.default_rng(0)).rgb.shape == whole.rgb.shape


def test_a_pan_moves_a_still_steadily_with_its_labels(shards):
    still = ShardFolder(shards).load(1, slice(0, 1))
    moving = [pan(still, 5, (32, 24), np.random.default_rng(seed)) for seed in range(10)]
    for clip in moving:
        assert clip.frames == 5
        assert all(len(value) == 5 for name, value in vars(clip).items() if name != "about")
        steps = np.diff(clip.intrinsics[:, 2:], axis=0)
        assert np.ptp(steps, axis=0).max() <= 1
        assert np.diff(clip.landmarks2d, axis=0)[:, 0, 0] == pytest.approx(steps)
    assert any(np.diff(clip.intrinsics[:, 2]).any() for clip in moving)


@pytest.mark.parametrize("who", [1, 2])
def test_one_of_several_people_is_shown_and_told_of_alone(shards, who):
    both = clip(shards, 2)
    alone = single_out(both, who, (32, 24), np.random.default_rng(who))
    assert set(np.unique(alone.instance)) == {0, who}
    assert ((alone.mask > 0) == (alone.instance == who)).all()
    kept, before = (alone.instance == who).sum(), (both.instance == who).sum()
    assert kept > 0.8 * before
    assert most_visible(alone.instance, 2) == who - 1


def test_others_are_painted_in_one_colour(shards):
    both = clip(shards, 2)
    alone = single_out(both, 1, (128, 96), np.random.default_rng(0))
    other = both.instance[0] == 2
    assert len(np.unique(alone.rgb[0][other], axis=0)) == 1
    assert np.array_equal(alone.rgb[0][~other], both.rgb[0][~other])
