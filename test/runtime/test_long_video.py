# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.runtime.long_video import OverlapPolicy, align, stitch


def images(count):
    return [np.full((2, 2, 3), i, np.uint8) for i in range(count)]


def identity(clip):
    """Perceive each frame as its own number."""
    value = clip[..., 0].astype(np.float32)
    return {"mask": value, "normals": np.repeat(value[..., None] + 1, 3, -1)}


@pytest.mark.parametrize(
    ("length", "overlap", "message"),
    [(4, 1, "length is 4"), (5, 5, r"overlap is 5, allowed is 0\.\.4"), (5, -1, "overlap is -1")],
)
def test_bad_policy_is_named(length, overlap, message):
    with pytest.raises(ValueError, match=message):
        OverlapPolicy(length, overlap)


def test_no_frames_give_nothing():
    assert list(stitch([], identity, OverlapPolicy())) == []


@pytest.mark.parametrize("overlap", [0, 1, 3, 4])
@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 9, 10, 13, 27])
def test_every_frame_comes_out_once_and_in_order(count, overlap):
    maps = list(stitch(images(count), identity, OverlapPolicy(5, overlap)))
    assert [m["mask"][0, 0] for m in maps] == pytest.approx(range(count))


def test_single_frame_windows():
    maps = list(stitch(images(3), identity, OverlapPolicy(1, 0)))
    assert [m["mask"][0, 0] for m in maps] == [0, 1, 2]


def test_a_short_last_window_repeats_its_last_frame():
    seen = []

    def perceive(clip):
        seen.append(clip[:, 0, 0, 0].tolist())
        return identity(clip)

    list(stitch(images(7), perceive, OverlapPolicy(5, 1)))
    assert seen == [[0, 1, 2, 3, 4], [4, 5, 6, 6, 6]]


def test_scale_and_shift_of_each_window_are_undone():
    random = np.random.default_rng(0)
    scene = random.uniform(1, 4, (14, 6, 6)).astype(np.float32)

    def perceive(clip):
        scale, shift = random.uniform(0.5, 2), random.uniform(-1, 1)
        return {"depth": scale * scene[clip[:, 0, 0, 0]] + shift}

    maps = list(stitch(images(14), perceive, OverlapPolicy(5, 2)))
    depth = np.stack([m["depth"] for m in maps])
    scale, shift = align(depth, scene)
    assert np.abs(scale * depth + shift - scene).max() < 1e-4


def test_blended_normals_are_unit_vectors():
    def perceive(clip):
        axis = np.eye(3, dtype=np.float32)[clip[0, 0, 0, 0] // 4 % 3]
        return {"normals": np.broadcast_to(axis, (*clip.shape[:3], 3)).copy()}

    for maps in stitch(images(13), perceive, OverlapPolicy(5, 1)):
        assert np.linalg.norm(maps["normals"], axis=-1) == pytest.approx(1, abs=1e-6)


def test_an_overlap_that_says_nothing_changes_nothing():
    constant = np.ones((2, 2))
    assert align(constant, np.random.default_rng(0).random((2, 2))) == (1.0, 0.0)
    x = np.arange(4.0)
    assert align(x, -x) == (1.0, 0.0)
    assert align(np.full(4, np.nan), x) == (1.0, 0.0)
