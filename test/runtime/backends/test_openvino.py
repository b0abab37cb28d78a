# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
import torch

from thfm_ros import tasks
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice, choose_backend

CLIP = np.random.default_rng(0).integers(0, 256, (5, 48, 64, 3), dtype=np.uint8)
ALL = tuple(tasks.TASKS)
TOLERANCE = {"f32": 1e-4, "bf16": 5e-3}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Thfm(preset("tiny")).eval().requires_grad_(False)


@pytest.fixture
def backend(model, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    backend = choose_backend(model, BackendChoice("openvino", threads=1), ALL)
    yield backend
    backend.close()


def test_other_devices_are_refused(model):
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="this machine has 0 CUDA devices"):
            choose_backend(model, BackendChoice("openvino", device="cuda"), ALL)


def test_it_gives_what_eager_gives(model, backend):
    eager = choose_backend(model, BackendChoice("eager", threads=1), ALL)
    reference, outputs = eager.run(CLIP, ALL), backend.run(CLIP, ALL)
    assert outputs.keys() == reference.keys()
    for name in reference:
        error = np.abs(outputs[name] - reference[name])
        if (name, backend.precision) == ("normals", "bf16"):
            # A vector of almost no length, as random weights paint some, has no direction to keep.
            error = error * painted_lengths(model)
        if (name, backend.precision) == ("body", "bf16"):
            # Random weights' heat maps are flat: which cell is highest is a matter of rounding.
            error = np.median(error)
        assert error.max() < TOLERANCE[backend.precision], name


def painted_lengths(model):
    clip = torch.from_numpy(CLIP).movedim(-1, 0)[None] / 127.5 - 1
    painted = model(clip, ("normals",)).dense["normals"]
    return painted[0, :, -1:].norm(dim=0).unsqueeze(-1).numpy()


def test_the_first_window_is_not_answered_from_the_warm_up(backend):
    backend.prepare(CLIP.shape)
    first, alone = backend.run(CLIP, ALL, range(len(CLIP))), backend.run(CLIP, ALL)
    for name in alone:
        np.testing.assert_array_equal(first[name], alone[name])


def test_results_are_the_callers_own(backend):
    first = backend.run(CLIP, ("mask",))["mask"]
    before = first.copy()
    backend.run(255 - CLIP, ("mask",))
    assert np.array_equal(first, before)


def test_it_says_what_it_is(backend):
    assert backend.name == "openvino"
    assert backend.precision in backend.reason


def test_public_token_groups_run_too(tmp_path, monkeypatch):
    from thfm_ros.model.config import TokenGroup

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    groups = (
        TokenGroup("landmarks2d", 33, 2, "landmarks2d"),
        TokenGroup("landmarks3d", 33, 3, "landmarks3d"),
    )
    config = dataclasses.replace(preset("tiny"), tokens=groups, token_task=None, shared_blocks=0)
    model = Thfm(config).eval().requires_grad_(False)
    eager, compiled = (
        choose_backend(model, BackendChoice(name, threads=1), ALL).run(CLIP, ("keypoints3d",))
        for name in ("eager", "openvino")
    )
    assert np.abs(eager["landmarks3d"] - compiled["landmarks3d"]).max() < 0.05


def test_other_sets_of_tasks_compile_nothing_anew(backend):
    backend.prepare(CLIP.shape)
    compiled = backend.state
    for names in (("mask",), ("keypoints2d",), ("depth", "normals")):
        backend.run(CLIP, names, range(5))
        backend.run(CLIP, names)
    assert backend.state == compiled
