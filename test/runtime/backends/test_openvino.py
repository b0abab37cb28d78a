# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import copy
import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from thfm_ros import tasks
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice, choose_backend, open_backend, part_store
from thfm_ros.runtime.backends import choice as choosing

CLIP = np.random.default_rng(0).integers(0, 256, (5, 48, 64, 3), dtype=np.uint8)
ALL = tasks.STANDARD
MASK = ("mask",)
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


@pytest.fixture(scope="module")
def weights(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    save_checkpoint(model, folder)
    return folder


@pytest.fixture
def opened(weights, tmp_path, monkeypatch):
    """Open a backend for the weights in one cache, run it, and count what was compiled before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def open_and_run(setting=weights):
        backend = open_backend(str(setting), BackendChoice("openvino", threads=1), MASK)
        outputs = backend.run(CLIP, MASK)
        return outputs, backend.state

    return open_and_run


def same(ours, theirs):
    return all(np.array_equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.fault("F59")
def test_what_is_kept_gives_the_same_bits_without_the_model(opened, monkeypatch):
    fresh, said = opened()
    assert said == "4 parts compiled, 0 of them before"

    def load(setting):
        raise AssertionError("the model is not needed")

    monkeypatch.setattr(choosing, "load_model", load)
    kept, said = opened()
    assert said == "4 parts compiled, 4 of them before"
    assert same(kept, fresh)


@pytest.mark.fault("F59")
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "another part"])
def test_a_damaged_cache_gives_no_other_results(opened, tmp_path, harm):
    fresh, _ = opened()
    paths = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    data = [bytearray(path.read_bytes()) for path in paths]
    for path, content, other in zip(paths, data, data[1:] + data[:1], strict=True):
        if harm == "flip":
            content[len(content) // 2] ^= 1
        harmed = {"cut": content[:-1], "empty": b"", "another part": other}
        path.write_bytes(harmed.get(harm, content))
    mended, said = opened()
    assert said == "4 parts compiled, 0 of them before"
    assert same(mended, fresh)
    assert opened()[1] == "4 parts compiled, 4 of them before"


@pytest.mark.fault("F59")
def test_other_weights_under_the_same_name_are_other_weights(opened, model, tmp_path):
    folder = tmp_path / "mine"
    save_checkpoint(model, folder)
    first, _ = opened(folder)
    changed = copy.deepcopy(model)
    changed.codec.decoder.unpack.bias.data += 0.1
    times = [path.stat() for path in sorted(folder.iterdir())]
    save_checkpoint(changed, folder)
    for path, stat in zip(sorted(folder.iterdir()), times, strict=True):
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    second, said = opened(folder)
    assert said == "4 parts compiled, 0 of them before"
    assert not same(second, first)


@pytest.mark.fault("F59")
def test_versions_code_and_options_are_part_of_the_key(weights, monkeypatch, tmp_path):
    def key(*options):
        return part_store._fingerprint(str(weights), options)

    known = key("f32")
    assert key("f32") == known != key("bf16")
    source = tmp_path / "program.py"
    source.write_text("changed")
    for name, change in {
        "cpu_flags": lambda: frozenset({"abacus"}),
        "installed_version": lambda package: "99",
        "_sources": lambda: [source],
    }.items():
        with monkeypatch.context() as patch:
            patch.setattr(part_store, name, change)
            assert key("f32") != known, name


def test_old_folders_go(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for version in range(part_store._KEPT + 3):
        part_store.PartStore("random", (version,)).save("part", {}, b"compiled")
    kept = list((tmp_path / "thfm_ros" / "parts").iterdir())
    assert len(kept) == part_store._KEPT
    assert part_store.PartStore("random", (version,)).is_there


@pytest.mark.fault("F59")
def test_a_node_whose_parts_are_kept_loads_no_torch(weights, tmp_path, monkeypatch):
    """Torch and diffusers took seven seconds of every start."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code = (
        "import sys, numpy as np\n"
        "import thfm_ros.nodes.outputs, thfm_ros.nodes.settings\n"
        "from thfm_ros.frame import Frame\n"
        "from thfm_ros.runtime.backends import BackendChoice\n"
        "from thfm_ros.runtime.engine import Engine, EngineConfig\n"
        "from thfm_ros.runtime.stream.window import WindowPolicy\n"
        f"engine = Engine(EngineConfig({str(weights)!r}, ('mask',), (48, 48),"
        " window=WindowPolicy(5), backend=BackendChoice('openvino', threads=1)))\n"
        "engine.warm_up()\n"
        "assert engine.push(Frame(1, np.zeros((48, 64, 3), np.uint8))) is not None\n"
        "print(engine.backend.state, 'torch' in sys.modules, 'diffusers' in sys.modules)\n"
    )
    said = []
    for _ in range(2):
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.split()[-2:])
    assert said == [["True", "True"], ["False", "False"]]


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
