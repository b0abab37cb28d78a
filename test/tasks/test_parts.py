# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A dense task that the shipped weights do not have, from ground truth to the published image."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from thfm_ros.frame import Frame
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.runtime.backends.capture_check import check_capture
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.tasks import DENSE, STANDARD
from thfm_ros.tasks.parts import PARTS

TASK = DENSE["parts"]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Thfm(replace(preset("tiny"), tasks=(*STANDARD, "parts")))


def test_every_colour_is_its_own_part():
    numbers = torch.arange(len(PARTS), dtype=torch.float32).view(1, 1, 1, -1)
    painted = TASK.paint(numbers)
    assert torch.equal(TASK.read(painted), numbers)
    assert torch.equal(TASK.read(painted + 0.45 * (2 * torch.rand_like(painted) - 1)), numbers)


def test_reading_may_be_recorded_in_a_graph():
    check_capture(lambda: TASK.read, lambda seed: (torch.rand(3, 1, 8, 8),))


@pytest.mark.parametrize("backend", ["eager", "openvino"])
def test_the_engine_gives_a_map_of_numbers(model, tmp_path, backend):
    save_checkpoint(model, tmp_path)
    asked = EngineConfig(str(tmp_path), ("parts", "mask"), backend=BackendChoice(backend))
    seen = Engine(asked).push(Frame(1, np.zeros((96, 128, 3), np.uint8)))
    parts = seen.maps["parts"]
    assert parts.shape == (96, 128)
    assert set(np.unique(parts)) <= set(range(len(PARTS)))
    assert TASK.picture(parts).shape == (96, 128, 3)
    assert TASK.to_pixels(parts).dtype == np.uint8
