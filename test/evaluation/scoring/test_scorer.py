# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The truth itself as a prediction, then worse by known amounts."""

from dataclasses import replace

import numpy as np
import pytest

from thfm_ros.evaluation.metrics.skeletons import root_relative
from thfm_ros.evaluation.replay.recording import Recording, Sample
from thfm_ros.evaluation.scoring.catalogue import METRICS
from thfm_ros.evaluation.scoring.scorer import Scorer
from thfm_ros.frame import Frame
from thfm_ros.perception import Perception, Person, TrackState


@pytest.fixture(scope="module")
def samples(bag):
    with Recording(bag) as recording:
        return list(recording.samples())


def person(true, **changes):
    fields = {
        "score": 0.9,
        "pixels": true.pixels.astype(np.float32),
        "relative": root_relative(true.positions, (23, 24)).astype(np.float32),
        "metric": true.positions.astype(np.float32),
        "confidence": np.ones(33, np.float32),
        "state": true.state,
        "box": true.box,
        "id": true.id,
    }
    return Person(**{**fields, **changes})


def perfect(sample):
    truth = sample.truth
    blank = np.where(truth.mask[..., None] > 0.5, 0, np.nan)
    return Perception(
        stamp_ns=sample.frame.stamp_ns,
        frame_id="",
        size=sample.frame.size,
        window=(0, sample.frame.stamp_ns),
        frames_padded=0,
        people=tuple(person(true) for true in truth.people),
        depth=truth.depth,
        maps={
            "depth": truth.depth / 3,
            "normals": truth.normals + blank,
            "mask": truth.mask,
            "dense_pose": truth.dense_pose,
        },
    )


def with_map(perception, task, values):
    return replace(perception, maps={**perception.maps, task: values})


def score(samples, change=lambda index, perception: perception):
    scorer = Scorer(lambda perception: perception.depth_relative)
    for index, sample in enumerate(samples):
        scorer.add(sample, change(index, perfect(sample)))
    return scorer


def test_the_truth_scores_perfectly(samples):
    metrics = score(samples).metrics()
    for name, metric in METRICS.items():
        if name in metrics and metric.group not in ("consistency", ""):
            ideal = {"lower": 0, "higher": 1}[metric.better]
            assert metrics[name] == pytest.approx(ideal, abs=1e-4), name
    assert set(METRICS) - set(metrics) == {
        *(f"seam_ratio_{name}" for name in ("mask", "depth", "normals")),
    }


def test_without_truth_consistency_remains(samples):
    blind = [Sample(sample.frame) for sample in samples]
    scorer = Scorer(lambda perception: perception.depth_relative)
    for sample, known in zip(blind, samples, strict=True):
        scorer.add(sample, perfect(known))
    metrics = scorer.metrics()
    assert {METRICS[name].group for name in metrics} == {"consistency"}
    assert metrics["reprojection_px"] < 1e-3
    assert metrics["people_per_frame"] == 2
    assert scorer.breakdowns()["person"] == {}


def moved(perception, index, metres):
    people = list(perception.people)
    shift = np.zeros((33, 3), np.float32)
    shift[:, 0] = metres
    shift[23:25] = 0
    people[index] = replace(people[index], relative=people[index].relative + shift)
    return replace(perception, people=tuple(people))


def test_hand_computed_mpjpe_and_its_breakdowns(samples):
    scorer = score(samples, lambda i, p: moved(p, 1, 0.31))
    metrics, tables = scorer.metrics(), scorer.breakdowns()
    assert metrics["mpjpe_mm"] == pytest.approx(310 * 31 / 33 / 2)
    assert metrics["mpjpe_occluded_mm"] == pytest.approx(310 / 2)
    assert tables["person"]["gt1"]["mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert tables["person"]["gt2"]["mpjpe_mm"] == pytest.approx(310 * 31 / 33)
    assert tables["distance"]["3 to 5 m"]["mpjpe_mm"] == pytest.approx(310 * 31 / 33)
    assert tables["distance"]["1.5 to 3 m"]["people"] == 6
    assert list(tables["occlusion"]) == ["75 % and more in sight"]
    assert tables["landmark"]["left_hip"]["mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert tables["landmark"]["nose"]["mpjpe_mm"] == pytest.approx(155)


def test_somebody_who_was_not_found_counts_in_pck_not_in_mpjpe(samples):
    alone = score(samples, lambda i, p: replace(p, people=p.people[:1])).metrics()
    assert alone["people_recall"] == 0.5
    assert alone["people_precision"] == 1
    assert alone["pck_0_1"] == 0.5
    assert alone["oks"] == pytest.approx(0.5)
    assert alone["mpjpe_mm"] == pytest.approx(0, abs=1e-3)


def test_somebody_who_is_not_there_costs_precision(samples):
    def haunted(_, perception):
        ghost = replace(perception.people[0], pixels=perception.people[0].pixels + 500, id="ghost")
        return replace(perception, people=(ghost, *perception.people))

    metrics = score(samples, haunted).metrics()
    assert metrics["people_precision"] == pytest.approx(2 / 3)
    assert metrics["people_recall"] == 1


@pytest.mark.parametrize("state", [TrackState.PREDICTED, TrackState.LOST])
def test_who_is_said_to_be_unseen_is_neither_found_nor_false(samples, state):
    def hide_one(_, perception):
        first, *others = perception.people
        return replace(perception, people=(replace(first, track_state=state), *others))

    metrics = score(samples, hide_one).metrics()
    assert metrics["people_precision"] == 1
    assert metrics["people_recall"] == 0.5


def test_people_in_another_order_are_still_themselves(samples):
    metrics = score(samples, lambda i, p: replace(p, people=p.people[::-1])).metrics()
    assert metrics["mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert metrics["id_switches"] == 0


def test_swapped_ids_are_counted(samples):
    def swapped(index, perception):
        if index < 3:
            return perception
        first, second = perception.people
        return replace(perception, people=(replace(first, id="gt2"), replace(second, id="gt1")))

    assert score(samples, swapped).metrics()["id_switches"] == 2


def test_hand_computed_depth_under_each_alignment(samples):
    wrong = score(samples, lambda i, p: replace(p, depth=1.1 * p.depth)).metrics()
    assert wrong["depth_metric_absrel"] == pytest.approx(0.1)
    assert wrong["depth_absrel"] == pytest.approx(0, abs=1e-6)

    def breathing(index, perception):
        return with_map(perception, "depth", (1 + index % 2) * perception.depth_relative)

    metrics = score(samples, breathing).metrics()
    assert metrics["depth_absrel"] == pytest.approx(0, abs=1e-6)
    assert metrics["depth_video_absrel"] > 0.05


def test_seams_come_from_the_windows(samples):
    def flicker(index, perception):
        weaker = perception.mask * (0.5 if index >= 3 else 1 - 0.01 * index)
        return replace(with_map(perception, "mask", weaker), window=(index // 3, 0))

    metrics = score(samples, flicker).metrics()
    assert metrics["seam_ratio_mask"] > 10


def test_a_frame_of_another_size_is_not_compared_with_the_one_before(samples):
    small = Frame(10**19, np.zeros((8, 8, 3), np.uint8))
    scorer = score(samples)
    empty = Perception(10**19, "", (8, 8), (0, 0), 0)
    scorer.add(Sample(small), empty)
    assert scorer.rows[-1] == {"people_per_frame": 0}


def test_the_worst_frames_are_kept(samples):
    def fails_once(index, perception):
        return with_map(perception, "mask", 0 * perception.mask) if index == 4 else perception

    worst = {frame.metric: frame for frame in score(samples, fails_once).worst.frames()}
    assert worst["mask_iou"].index == 4
    assert worst["mask_iou"].value == 0
