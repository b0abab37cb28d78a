# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from thfm_ros import tasks
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice, choose_backend
from thfm_ros.runtime.backends.program import Program

ALL = tasks.STANDARD
FRAMES = np.random.default_rng(0).integers(0, 256, (13, 48, 64, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Thfm(preset("tiny")).eval().requires_grad_(False)


def eager(model, names=ALL, last=1):
    return choose_backend(model, BackendChoice("eager", threads=1), names, last)


@pytest.mark.parametrize("name", ["openvino", "cuda_graph"])
def test_a_backend_that_cannot_run_on_a_device_says_so(model, name):
    device = "cpu" if name == "cuda_graph" else "meta"
    with pytest.raises(ValueError, match=f"backend is '{name}'"):
        choose_backend(model, BackendChoice(name, device), ALL)


def test_auto_does_not_compile_what_is_quick_anyway(model):
    backend = choose_backend(model, BackendChoice(threads=1), ALL)
    if not torch.cuda.is_available():
        assert backend.name == "eager"
        assert "does not pay" in backend.reason or "not installed" in backend.reason


def test_a_stream_equals_fresh_windows_bit_for_bit(model):
    stream, fresh = eager(model), eager(model)
    for first in (0, 4):
        clip = FRAMES[first : first + 9]
        streamed = stream.run(clip, ALL, range(first, first + 9))
    whole = fresh.run(clip, ALL)
    assert all(np.array_equal(streamed[name], whole[name]) for name in whole)


def test_some_tasks_give_what_all_tasks_give(model):
    backend = eager(model)
    whole = backend.run(FRAMES[:5], ALL)
    for names, outputs in ((("mask",), {"mask"}), (("keypoints3d", "depth"), {"body", "depth"})):
        some = backend.run(FRAMES[:5], names)
        assert some.keys() == outputs
        assert all(np.array_equal(some[name], whole[name]) for name in some)


@pytest.mark.parametrize("last", [2, 4, 5])
def test_the_newest_frames_are_those_of_the_whole_clip(model, last):
    whole, some = (eager(model, last=n).run(FRAMES[:5], ALL) for n in (5, last))
    for name in whole:
        assert np.allclose(whole[name][-last:], some[name], atol=1e-6), name
        assert len(some[name]) == last


def test_products_may_be_in_bfloat16(model):
    clip = torch.from_numpy(FRAMES[:5])
    with torch.no_grad():
        exact, rounded = (Program(model, ALL, dtype=d)(clip) for d in (None, torch.bfloat16))
    for name in exact:
        assert rounded[name].dtype == torch.float32
        error = (exact[name] - rounded[name]).abs()
        # A random model's heat maps are flat: which cell is highest is a matter of rounding.
        assert (error.median() if name == "body" else error.max()) < 0.1, name
