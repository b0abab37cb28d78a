# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.runtime.backends.group_cache import GroupCache


class Encoder:
    """Counts what it encodes; a group's latents are its frames' sum."""

    def __init__(self):
        self.groups = []

    def __call__(self, frames):
        self.groups.append(frames[:, 0].tolist())
        return int(frames.sum())


def clip(first, length):
    return np.arange(first, first + length)[:, None]


def test_every_frame_needs_a_serial():
    with pytest.raises(ValueError, match="5 frames have 2 serials"):
        GroupCache(Encoder()).latents(clip(0, 5), (0, 1))


def test_a_window_that_moves_by_a_group_encodes_only_what_is_new():
    encoder = Encoder()
    cache = GroupCache(encoder)
    cache.latents(clip(0, 9), range(9))
    encoder.groups.clear()
    latents = cache.latents(clip(4, 9), range(4, 13))
    assert encoder.groups == [[4], [9, 10, 11, 12]]
    assert latents == [4, 5 + 6 + 7 + 8, 9 + 10 + 11 + 12]


def test_a_window_that_moves_by_one_shares_nothing():
    encoder = Encoder()
    cache = GroupCache(encoder)
    cache.latents(clip(0, 9), range(9))
    encoder.groups.clear()
    cache.latents(clip(1, 9), range(1, 10))
    assert len(encoder.groups) == 3


def test_equal_groups_of_a_padded_window_are_encoded_once():
    encoder = Encoder()
    latents = GroupCache(encoder).latents(clip(3, 9) * 0 + 3, (7,) * 9)
    assert latents == [3, 12, 12]
    assert encoder.groups == [[3], [3, 3, 3, 3]]
