# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from thfm_ros.frame import Frame
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.engine import EngineConfig
from thfm_ros.runtime.offline import perceive_offline
from thfm_ros.runtime.stream.window import WindowPolicy


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("tiny")
    save_checkpoint(Thfm(preset("tiny")), directory)
    return EngineConfig(str(directory), min_score=0.0, window=WindowPolicy(length=5))


def video(count, size=(81, 59)):
    random = np.random.default_rng(0)
    shape = (size[1], size[0], 3)
    return [Frame(i * 10**7, random.integers(0, 255, shape, dtype=np.uint8)) for i in range(count)]


@pytest.mark.fault("F73")
def test_where_the_size_changes_windows_begin_anew(config):
    parts = [video(6), video(3, (40, 30))]
    results = list(perceive_offline(config, parts[0] + parts[1], 1))
    assert [result.size for _, result in results] == [(81, 59)] * 6 + [(40, 30)] * 3
    alone = [result for part in parts for _, result in perceive_offline(config, part, 1)]
    for (_, together), apart in zip(results, alone, strict=True):
        np.testing.assert_array_equal(together.mask, apart.mask)


@pytest.mark.fault("F73")
def test_where_stamps_go_back_windows_begin_anew(config):
    frames = video(4)
    results = list(perceive_offline(config, frames + frames, 1))
    np.testing.assert_array_equal(results[1][1].mask, results[5][1].mask)


@pytest.mark.parametrize("count", [1, 4, 7, 10])
def test_every_frame_has_every_output(config, count):
    frames = video(count)
    results = list(perceive_offline(config, frames, 2))
    assert [f.stamp_ns for f, _ in results] == [f.stamp_ns for f in frames]
    for _, result in results:
        assert result.mask.shape == result.depth_relative.shape == (59, 81)
        assert len(result.people) == 1
        assert np.nanmax(result.depth_relative) <= 1
