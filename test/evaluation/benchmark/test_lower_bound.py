# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros.evaluation.benchmark.lower_bound import lower_bounds
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.tasks import STANDARD


def test_fewer_tasks_and_frames_need_fewer_operations():
    model = Thfm(preset("tiny")).eval().requires_grad_(False)
    long, short = (np.zeros((frames, 48, 64, 3), np.uint8) for frames in (5, 1))
    bounds = lower_bounds(model, {"everything": STANDARD, "mask": ("mask",)}, long)
    everything = bounds["everything"]
    assert everything["gflop"] > bounds["mask"]["gflop"] > 0
    assert everything["gflop"] > lower_bounds(model, {"": STANDARD}, short)[""]["gflop"]
    compute = 1e3 * everything["gflop"] / everything["gflop_per_s"]
    assert everything["bound_ms"] * 1.1 + 0.01 >= compute
