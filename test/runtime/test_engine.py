# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from thfm_ros.frame import Frame
from thfm_ros.model.checkpoint import CheckpointError, save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.runtime.scene.scene import ScenePolicy
from thfm_ros.runtime.scene.tracking import TrackPolicy
from thfm_ros.runtime.stream.schedule import Schedule
from thfm_ros.runtime.stream.window import WindowPolicy

MS = 1_000_000


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("tiny")
    save_checkpoint(Thfm(preset("tiny")), directory)
    return str(directory)


def frame(stamp_ms, seed=0, size=(80, 60)):
    pixels = np.random.default_rng(seed + stamp_ms).integers(0, 256, (size[1], size[0], 3))
    return Frame(stamp_ms * MS, pixels.astype(np.uint8), "camera")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": ("gaze",)}, "tasks is .*allowed are distinct names"),
        ({"resize_mode": "zoom"}, "resize_mode is 'zoom'"),
        ({"min_score": 1.5}, "min_score is 1.5"),
    ],
)
def test_bad_config_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        EngineConfig(**changes)


@pytest.mark.fault("F38")
def test_bad_device_is_named(checkpoint):
    with pytest.raises(ValueError, match="device is 'tpu'"):
        Engine(EngineConfig(checkpoint, backend=BackendChoice(device="tpu")))
    with pytest.raises(ValueError, match="backend is 'magic'"):
        BackendChoice(backend="magic")


def test_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere"):
        Engine(EngineConfig(str(tmp_path / "nowhere")))


def test_impossible_size_is_refused(checkpoint):
    with pytest.raises(ValueError, match=r"size is \(100, 60\)"):
        Engine(EngineConfig(checkpoint, size=(100, 60)))


def test_every_output_has_the_sources_size_and_stamp(checkpoint):
    engine = Engine(EngineConfig(checkpoint, min_score=0.0))
    result = engine.push(frame(7))
    assert (result.stamp_ns, result.frame_id, result.size) == (7 * MS, "camera", (80, 60))
    assert result.mask.shape == result.depth_relative.shape == (60, 80)
    assert result.normals.shape == result.dense_pose.shape == (60, 80, 3)
    assert len(result.people) >= 1
    assert result.instances.shape == (60, 80)
    assert result.times.inference > 0
    assert engine.untrained


def test_what_skeletons_and_metres_need_runs_with_them(checkpoint):
    result = Engine(EngineConfig(checkpoint)).push(frame(0), frozenset({"keypoints3d"}))
    assert result.mask is not None
    alone = EngineConfig(checkpoint, scene=ScenePolicy(TrackPolicy(max_people=1)))
    assert Engine(alone).push(frame(0), frozenset({"keypoints3d"})).mask is None
    assert Engine(alone).push(frame(0), frozenset({"depth"})).metric.source == "none"


def test_only_what_is_wanted_is_computed(checkpoint):
    result = Engine(EngineConfig(checkpoint)).push(frame(0), frozenset({"mask"}))
    assert result.mask is not None
    assert result.normals is result.depth_relative is result.dense_pose is None
    assert result.people == ()


def test_nothing_wanted_means_no_inference(checkpoint):
    assert Engine(EngineConfig(checkpoint)).push(frame(0), frozenset()) is None


def test_maps_are_defined_where_people_are(checkpoint):
    result = Engine(EngineConfig(checkpoint)).push(frame(0))
    nobody = result.mask < 0.5
    assert np.isnan(result.normals[nobody]).all()
    assert np.isfinite(result.normals[~nobody]).all()
    assert np.isnan(result.depth_relative[nobody]).all()


def test_stride_skips_inferences(checkpoint):
    engine = Engine(EngineConfig(checkpoint, window=WindowPolicy(stride=2)))
    assert [engine.push(frame(33 * i)) is not None for i in range(4)] == [True, False, True, False]


@pytest.mark.fault("F51")
def test_two_engines_agree_bitwise(checkpoint):
    results = []
    for _ in range(2):
        engine = Engine(EngineConfig(checkpoint))
        results.append([engine.push(frame(33 * i)) for i in range(4)][-1])
    assert np.array_equal(results[0].mask, results[1].mask)
    assert np.array_equal(results[0].normals, results[1].normals, equal_nan=True)


def test_reset_forgets_the_window(checkpoint):
    engine = Engine(EngineConfig(checkpoint))
    engine.push(frame(0))
    engine.reset()
    assert engine.push(frame(33)).frames_padded == 4


def test_emission_is_named():
    with pytest.raises(ValueError, match="emit is 'some', allowed is one of"):
        EngineConfig(emit="some")


def test_every_new_frame_gets_its_own_result(checkpoint):
    engine = Engine(EngineConfig(checkpoint, emit="new", window=WindowPolicy(5, stride=4)))
    counts, stamps = [], []
    for index in range(9):
        results = engine.perceive(frame(33 * index))
        counts.append(len(results))
        stamps += [seen.stamp_ns // MS for _, seen in results]
        assert all(seen.stamp_ns == about.stamp_ns for about, seen in results)
    assert counts == [1, 0, 0, 0, 4, 0, 0, 0, 4]
    assert stamps == [33 * index for index in range(9)]


def test_new_and_newest_agree_on_the_newest(checkpoint):
    new, newest = (
        Engine(EngineConfig(checkpoint, emit=emit, window=WindowPolicy(5, stride=4)))
        for emit in ("new", "newest")
    )
    for index in range(5):
        results, one = new.perceive(frame(33 * index)), newest.push(frame(33 * index))
    assert np.allclose(results[-1][1].mask, one.mask, atol=1e-6)
    assert not np.allclose(results[0][1].mask, one.mask, atol=1e-6)


def test_a_task_may_run_less_often(checkpoint):
    policy = WindowPolicy(1)
    config = EngineConfig(checkpoint, window=policy, schedule=Schedule({"dense_pose": 3}))
    engine = Engine(config)
    seen = [engine.push(frame(33 * index)) for index in range(4)]
    assert [s.dense_pose is not None for s in seen] == [True, False, False, True]
    assert all(s.mask is not None for s in seen)


@pytest.mark.fault("F36")
def test_cameras_of_any_size_compile_nothing_anew(checkpoint, tmp_path, monkeypatch):
    pytest.importorskip("openvino")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    engine = Engine(EngineConfig(checkpoint, backend=BackendChoice("openvino", threads=1)))
    engine.warm_up()
    compiled = engine.backend.state
    for index, size in enumerate([(80, 60), (60, 80), (320, 200), (1280, 720)]):
        assert engine.push(frame(1 + 33 * index, size=size)).size == size
    assert engine.backend.state == compiled
    engine.close()


def small_person(clip, tasks, serials=()):
    """See, in the first look, a person far off in a corner; in a second look, one in the middle."""
    height, width = clip.shape[1:3]
    mask = np.zeros((1, height, width), np.float32)
    body = np.zeros((1, 34, 6), np.float32)
    body[..., 5] = 5
    if len(serials):
        mask[:, : height // 4, : width // 8] = 1
        body[:, :33, :2] = -0.9
    else:
        mask[:, height // 8 : -height // 8, width // 4 : -width // 4] = 1
        body[:, 0, :2] = 0
    return {"mask": mask, "body": body}


def test_while_people_are_small_a_first_look_asks_for_their_mask_only(checkpoint, monkeypatch):
    engine = Engine(EngineConfig(checkpoint, window=WindowPolicy(1)))
    run, asked, small = engine.backend.run, [], True

    def counted(clip, tasks, serials=()):
        """Run, but see somebody small or nobody."""
        asked.append((len(serials) > 0, tasks))
        seen = run(clip, tasks, serials)
        return {**seen, "mask": small_person(clip, tasks, serials)["mask"] * small}

    monkeypatch.setattr(engine.backend, "run", counted)
    everything = engine.config.tasks
    engine.push(frame(0, size=(640, 480)))
    assert asked[:2] == [(True, everything), (False, everything)]
    asked.clear()
    engine.push(frame(33, size=(640, 480)))
    assert asked[:2] == [(True, ("mask",)), (False, everything)]
    asked.clear()
    small = False
    assert engine.push(frame(66, size=(640, 480))).normals is not None
    assert asked == [(True, ("mask",)), (True, everything)]


@pytest.mark.parametrize("focus", [True, False])
def test_a_small_person_is_looked_at_again(checkpoint, monkeypatch, focus):
    tasks = ("mask", "keypoints2d", "keypoints3d")
    policy = ScenePolicy(TrackPolicy(max_people=1))
    config = EngineConfig(checkpoint, tasks, window=WindowPolicy(1), scene=policy, focus=focus)
    engine = Engine(config)
    monkeypatch.setattr(engine.backend, "run", small_person)
    seen = engine.push(frame(7, size=(640, 480)))
    rows, columns = np.nonzero(seen.mask > 0.5)
    nose = seen.people[0].pixels[0]
    if focus:
        assert 0 < columns.min() < columns.max() < 130
        assert columns.min() < nose[0] < columns.max()
        assert rows.min() < nose[1] < rows.max()
        assert not seen.mask[200:].any()
    else:
        assert columns.max() == pytest.approx(79, abs=3)
        assert nose == pytest.approx((31.5, 23.5), abs=1)
