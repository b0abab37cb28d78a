# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from thfm_ros.evaluation.benchmark import rivals
from thfm_ros.evaluation.benchmark.windows import stream_speed, window_times
from thfm_ros.model.checkpoint import load_checkpoint, save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends.program import Program


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    save_checkpoint(Thfm(preset("tiny")), folder)
    return str(folder)


def test_windows_are_timed_by_every_backend_that_is_here(checkpoint):
    found = window_times(checkpoint, None, threads=1, repeats=3, quick=True)
    assert found["window"] == [5, 48, 64]
    assert {"eager diffusers", "eager"} <= found["milliseconds"].keys()
    assert found["auto"] in found["milliseconds"]
    assert all(times["p50"] > 0 for times in found["milliseconds"].values())


def test_every_frame_is_covered_at_stride_four(checkpoint):
    found = stream_speed(checkpoint, (160, 120), threads=1, windows=3, size=(32, 48))
    assert found["network"] == [32, 48]
    assert found["covered_fps"] > 0
    assert found["inference_ms"]["p50"] > 0


def test_a_rival_computes_the_same(checkpoint):
    model = load_checkpoint(checkpoint)
    clip = np.random.default_rng(0).integers(0, 256, (5, 48, 64, 3), dtype=np.uint8)
    theirs = rivals.eager_diffusers(model, ("mask",))(clip).dense["mask"][0, :, -1].mean(0)
    ours = Program(model, ("mask",))(torch.from_numpy(clip))["mask"][0]
    assert torch.allclose((theirs + 1) / 2, ours, atol=1e-4) or torch.allclose(
        ((theirs + 1) / 2).clamp(0, 1), ours, atol=1e-4
    )
