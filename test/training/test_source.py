# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from thfm_ros.clips.folder import ShardFolder
from thfm_ros.training.settings import Phase
from thfm_ros.training.source import BatchSource


def source(shards, *phases):
    return BatchSource([ShardFolder(shards)], phases)


def test_a_phase_that_no_clip_is_long_enough_for_is_refused_and_not_looked_for_for_ever(shards):
    with pytest.raises(ValueError, match=r"phase\.frames is 9, allowed is at most 5"):
        source(shards, Phase(1, (64, 48), 5), Phase(1, (64, 48), 9, stills=0.5))


def test_the_same_generator_draws_the_same_batch(shards):
    phase = Phase(1, (64, 48), 5, batch=3, stills=0.5)
    draw = source(shards, phase).draw
    first, again, other = (draw(phase, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.video.shape == (3, 3, 5, 48, 64)
    assert torch.equal(first.video, again.video)
    assert not torch.equal(first.video, other.video)


def test_examples_are_whole_clips_or_none(shards):
    short, long = Phase(1, (64, 48), 5, batch=9), Phase(1, (64, 48), 9, stills=1.0)
    examples = source(shards, short, long).examples
    assert examples(short).video.shape == (4, 3, 5, 48, 64)
    assert examples(long) is None


def test_what_was_trained_on_is_described(shards):
    (described,) = source(shards).description()
    assert (described["folder"], described["clips"]) == (str(shards), 6)
