# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs only where a CUDA device is; `pytest test/gpu` on such a machine."""

import json
import os
import threading
import time

import numpy as np
import pytest
import torch

from thfm_ros import tasks
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice, choose_backend, cuda_graph

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")

ALL = tasks.STANDARD
TOLERANCE = 2e-2


def model():
    torch.manual_seed(0)
    return Thfm(preset("tiny")).eval().requires_grad_(False)


def clip(seed, size=(64, 48)):
    pixels = np.random.default_rng(seed).integers(0, 256, (5, size[1], size[0], 3))
    return pixels.astype(np.uint8)


@pytest.fixture
def graphs():
    backend = choose_backend(model(), BackendChoice("cuda_graph"), ALL)
    yield backend
    backend.close()


def recorded(backend, frames, names):
    """Run what is captured in the pause after a first, eager run."""
    backend.run(frames, names)
    backend.idle()
    return backend.run(frames, names)


def largest_difference(ours, theirs):
    return max(cuda_graph.difference(name, ours[name], theirs[name]) for name in theirs)


def same(ours, theirs):
    return all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def test_a_graph_gives_what_eager_gives_on_fresh_inputs(graphs):
    eager = choose_backend(model(), BackendChoice("eager"), ALL)
    graphs.prepare(clip(0).shape)
    for seed in range(5):
        assert (
            largest_difference(graphs.run(clip(seed), ALL), eager.run(clip(seed), ALL)) < TOLERANCE
        )
    assert graphs.state == "1 graphs"


def test_every_output_is_written_by_every_replay(graphs):
    expected = recorded(graphs, clip(1), ALL)
    (graph,) = graphs._graphs.values()
    with torch.inference_mode():
        for value in graph._outputs.values():
            value.fill_(float("nan"))
    assert same(graphs.run(clip(1), ALL), expected)


def test_an_older_result_does_not_change(graphs):
    first = recorded(graphs, clip(1), ALL)
    kept = {name: value.copy() for name, value in first.items()}
    for seed in range(2, 5):
        graphs.run(clip(seed), ALL)
    assert same(first, kept)


@pytest.mark.fault("F36")
def test_replays_do_not_eat_memory(graphs):
    recorded(graphs, clip(0), ALL)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    for seed in range(1000):
        graphs.run(clip(seed % 7), ALL)
    assert torch.cuda.memory_allocated() == before


@pytest.mark.fault("F36")
def test_two_shapes_have_two_graphs(graphs):
    small, large = clip(0), clip(0, (96, 64))
    first = recorded(graphs, small, ALL)
    recorded(graphs, large, ALL)
    assert graphs.state == "2 graphs"
    assert same(graphs.run(small, ALL), first)


@pytest.mark.fault("F35")
def test_a_capture_that_fails_is_served_eagerly_and_said(graphs, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("planted")

    monkeypatch.setattr(cuda_graph, "Recording", fail)
    outputs = recorded(graphs, clip(0), ("mask",))
    assert np.isfinite(outputs["mask"]).all()
    assert graphs.problem == "mask is eager: planted"
    assert graphs.problem in graphs.state


@pytest.mark.fault("F35")
def test_a_capture_that_breaks_off_says_why_and_spoils_no_other(graphs, monkeypatch):
    """Reading a value while capturing is not permitted; stream and pool must not stay broken."""
    program = graphs._recorded

    def reads(pixels, names):
        outputs = program(pixels, names)
        next(iter(outputs.values())).sum().item()
        return outputs

    monkeypatch.setattr(graphs, "_recorded", reads)
    eager = recorded(graphs, clip(0), ("mask",))
    assert "mask is eager" in graphs.problem
    assert torch.cuda.current_stream() == torch.cuda.default_stream()
    monkeypatch.setattr(graphs, "_recorded", program)
    recorded(graphs, clip(0), ("depth",))
    assert [key[0] for key in graphs._graphs] == [("depth",)]
    assert same(graphs.run(clip(0), ("mask",)), eager)


@pytest.mark.fault("F35")
def test_capturing_is_safe_while_other_threads_use_the_gpu(graphs):
    ended, failed = threading.Event(), []

    def work():
        try:
            while not ended.is_set():
                values = torch.randn(256, 256, device="cuda")
                (values @ values).sum().item()
                torch.empty(1 << 20, pin_memory=True)
        except RuntimeError as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    graphs.prepare(clip(0).shape)
    for names in (("mask",), ("depth",)):
        recorded(graphs, clip(0), names)
    ended.set()
    thread.join()
    assert (failed, graphs.problem) == ([], "")


def test_closing_gives_the_memory_back():
    torch.cuda.empty_cache()
    before = torch.cuda.memory_reserved()
    backend = choose_backend(model(), BackendChoice("cuda_graph"), ALL)
    backend.prepare(clip(0).shape)
    backend.close()
    backend.close()
    assert torch.cuda.memory_reserved() <= before + (4 << 20)


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_another_device_than_the_first():
    backend = choose_backend(model(), BackendChoice("cuda_graph", "cuda:1"), ALL)
    backend.prepare(clip(0).shape)
    assert backend.state == "1 graphs"
    assert torch.cuda.memory_allocated(1) > 0
    backend.close()


def test_nothing_waits_between_the_copy_in_and_the_event(graphs):
    recorded(graphs, clip(0), ALL)
    (graph,) = graphs._graphs.values()
    with torch.inference_mode():
        graph.run(clip(1))
        torch.cuda.set_sync_debug_mode("error")
        try:
            graph.launch(clip(2))
        finally:
            torch.cuda.set_sync_debug_mode("default")
        graph.wait()


@pytest.mark.fault("F34", "F36")
def test_out_of_memory_drops_other_graphs_and_tries_once_more(graphs, monkeypatch):
    recorded(graphs, clip(0), ("mask",))
    kind, calls = cuda_graph.Recording, []

    def once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory: planted")
        return kind(*args)

    monkeypatch.setattr(cuda_graph, "Recording", once)
    recorded(graphs, clip(0), ("depth",))
    assert [key[0] for key in graphs._graphs] == [("depth",)]


@pytest.mark.fault("F36")
def test_a_fifth_set_of_tasks_takes_the_place_of_the_oldest_graph(graphs):
    for names in (("depth",), ("normals",), ("mask",), ("dense_pose",), ("depth", "mask")):
        recorded(graphs, clip(0), names)
    held = [key[0] for key in graphs._graphs]
    assert held == [("normals",), ("mask",), ("dense_pose",), ("depth", "mask")]


@pytest.mark.fault("F36")
def test_a_new_set_of_tasks_is_served_at_once_and_captured_in_a_pause(graphs):
    graphs.run(clip(0), ("mask",))
    assert graphs.state == "0 graphs; mask is eager: captured when idle"
    graphs.idle()
    assert graphs.state == "1 graphs"


def test_who_never_pauses_gets_a_graph_in_the_end(graphs):
    for seed in range(cuda_graph._PATIENCE + 1):
        graphs.run(clip(seed), ("mask",))
    assert graphs.state == "1 graphs"


def test_recorded_inductor_kernels_give_what_eager_gives():
    fused = choose_backend(model(), BackendChoice("cuda_graph", inductor=True), ALL)
    eager = choose_backend(model(), BackendChoice("eager"), ALL)
    fused.prepare(clip(0).shape)
    assert fused.state == "1 graphs"
    assert largest_difference(fused.run(clip(1), ALL), eager.run(clip(1), ALL)) < TOLERANCE
    fused.close()


def test_latency_is_written_down(tmp_path):
    folder = os.environ.get("OUT", str(tmp_path))
    times = {}
    for name in ("eager", "cuda_graph"):
        torch.manual_seed(0)
        nano = Thfm(preset("nano")).eval().requires_grad_(False)
        backend = choose_backend(nano, BackendChoice(name), ALL)
        backend.prepare(clip(0, (128, 96)).shape)
        took = []
        for seed in range(50):
            frames = clip(seed, (128, 96))
            begin = time.perf_counter()
            backend.run(frames, ALL)
            took.append(1e3 * (time.perf_counter() - begin))
        times[name] = {"p50_ms": float(np.median(took)), "p95_ms": float(np.quantile(took, 0.95))}
        backend.close()
    with open(os.path.join(folder, "gpu_latency.json"), "w") as stream:
        json.dump({"device": torch.cuda.get_device_name(), "backends": times}, stream, indent=2)
    assert times["cuda_graph"]["p50_ms"] < times["eager"]["p50_ms"]
