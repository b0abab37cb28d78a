# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import torch

from thfm_ros.evaluation.clips import (
    ClipPredictor,
    Prediction,
    clip_metrics,
    confidence_pairs,
    windows,
)
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.tasks import STANDARD


@pytest.mark.parametrize(
    ("frames", "length", "stride", "expected"),
    [
        (1, 5, None, [(-4, 1)]),
        (5, 5, None, [(0, 5)]),
        (9, 5, None, [(0, 5), (4, 4)]),
        (7, 5, None, [(0, 5), (2, 2)]),
        (3, 1, None, [(0, 1), (1, 1), (2, 1)]),
        (3, 5, 1, [(-4, 1), (-3, 1), (-2, 1)]),
        (5, 5, 2, [(-3, 2), (-1, 2), (0, 1)]),
    ],
)
def test_windows_cover_every_frame_once(frames, length, stride, expected):
    assert windows(frames, length, stride) == expected
    assert sum(fresh for _, fresh in expected) == frames


@pytest.mark.parametrize("stride", [0, 6])
def test_windows_may_leave_no_gap(stride):
    with pytest.raises(ValueError, match=f"stride is {stride}, allowed is 1..5"):
        windows(9, 5, stride)


def predictor(focus=True):
    torch.manual_seed(0)
    return ClipPredictor(Thfm(preset("tiny")), 1, BackendChoice("eager"), focus)


def test_a_prediction_has_the_clips_size_and_frames(clip):
    seen = predictor()(clip)
    assert seen.dense.keys() == set(STANDARD[:4])
    assert all(values.shape[:3] == clip.mask.shape for values in seen.dense.values())
    assert seen.body.shape == (len(clip.rgb), 34, 6)


@pytest.mark.parametrize("focus", [True, False])
def test_small_people_are_looked_at_twice(clip, monkeypatch, focus):
    one, looks = predictor(focus), []
    run = one.backend.run

    def far_off(images, tasks, serials=()):
        """See, in every first look, somebody small in the upper left corner."""
        looks.append(images)
        mask = np.zeros((1, *images.shape[1:3]), np.float32)
        mask[:, :12, :8] = 1
        return {**run(images, tasks), "mask": mask}

    monkeypatch.setattr(one.backend, "run", far_off)
    seen = one(clip)
    assert len(looks) == len(clip.rgb) * (2 if focus else 1)
    rows, columns = np.nonzero(seen.dense["mask"][0] > 0.5)
    assert columns.max() < (8 if focus else 16)
    assert rows.max() < (8 if focus else 20)


def test_a_constant_answer_scores_what_trivial_says(clip):
    people = clip.mask > 127
    middle = np.broadcast_to(clip.dense_pose[people].mean(0), clip.dense_pose.shape)
    frontal = np.broadcast_to(np.float32([0, 0, -1]), clip.normals.shape)
    one = predictor()
    dense = {**one(clip).dense, "dense_pose": middle, "normals": frontal}
    row = clip_metrics(Prediction(dense, None), clip, one.model.config.depth)
    assert row["dense_pose_error"] == row["trivial_dense_pose_error"]
    assert row["normals_mean_deg"] == row["trivial_normals_deg"]


def test_frames_have_one_scale_where_the_model_tells_how_far_people_are(clip):
    """Depth over each frame's own median: people who come nearer are what is lost without."""
    one = predictor()
    nearer = np.linspace(1, 0.5, len(clip.rgb), dtype=np.float32)
    coming = replace(clip, depth=clip.depth * nearer[:, None, None])
    people = clip.mask > 127
    median = np.array([np.median(d[p]) for d, p in zip(coming.depth, people, strict=True)])
    ratio = torch.from_numpy(coming.depth / median[:, None, None])
    value = one.model.config.depth.value(ratio).numpy()
    dense = {**one(clip).dense, "depth": value}
    rows = [
        clip_metrics(Prediction(dense, None, told), coming, one.model.config.depth)
        for told in (None, median)
    ]
    assert rows[0]["depth_absrel"] == rows[1]["depth_painted_absrel"] > 0.1
    assert rows[1]["depth_absrel"] < 1e-3


@pytest.mark.parametrize("trembling", [False, True])
def test_landmarks_that_are_off_but_steady_have_no_acceleration_error(clip, trembling):
    one = predictor()
    seen = one(clip)
    seen.body[:, :-1, :2] = clip.landmarks2d[:, 0] + (3, 0)
    if trembling:
        seen.body[::2, :-1, 0] += 1
    timed = replace(clip, about={"fps": 30})
    row = clip_metrics(seen, timed, one.model.config.depth)
    assert (row["accel_boxes_s2"] > 1) == trembling
    assert trembling or row["accel_boxes_s2"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("tells", [True, False])
def test_a_checkpoint_that_tells_no_span_has_no_medians(clip, tells):
    config = preset("tiny")
    (body,) = config.tokens
    model = Thfm(replace(config, tokens=(replace(body, tells_span=tells),)))
    seen = ClipPredictor(model, 1, BackendChoice("eager"))(clip)
    assert (seen.median is not None) == tells
    assert not tells or (seen.median.shape == (len(clip.rgb),) and (seen.median > 0).all())


def test_confidences_are_paired_with_what_is_true(clip):
    body = np.zeros((len(clip.rgb), 34, 6), np.float32)
    body[:, -1, 5] = 20
    pairs = confidence_pairs(Prediction({}, body), clip)
    stated, visible = pairs["visibility"]
    assert (stated == 0.5).all()
    assert visible.sum() == (clip.landmark_state[:, 0] == 1).sum()  # two alike
    assert pairs["person"] == pytest.approx(np.ones((2, len(clip.rgb))))
    figure = replace(clip, landmark_state=np.zeros_like(clip.landmark_state))
    assert confidence_pairs(Prediction({}, body), figure).keys() == {"person"}
    nobody = replace(clip, landmarks2d=clip.landmarks2d[:, :0])
    pairs = confidence_pairs(Prediction({}, body), nobody)
    assert pairs["person"][1].sum() == 0
    assert "visibility" not in pairs
    assert confidence_pairs(Prediction({}, None), clip) == {}
