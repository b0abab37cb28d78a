# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from thfm_ros.evaluation.metrics import skeletons

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(6, 33, 3))
ALL = np.ones((6, 33), bool)


def test_nothing_valid_is_nan():
    assert np.isnan(skeletons.mpjpe(POINTS, POINTS, ~ALL))
    assert np.isnan(skeletons.pa_mpjpe(POINTS, POINTS, ~ALL))
    assert np.isnan(skeletons.acceleration_error(POINTS[:2], POINTS[:2], ALL[:2], 30))
    assert np.isnan(skeletons.jitter(POINTS[:3], 30))


def test_hand_computed_mpjpe():
    moved = POINTS.copy()
    moved[:, 0] += (3, 4, 0)
    assert skeletons.mpjpe(moved, POINTS, ALL) == pytest.approx(5 / 33)
    only_first = np.zeros_like(ALL)
    only_first[:, 0] = True
    assert skeletons.mpjpe(moved, POINTS, only_first) == pytest.approx(5)


def test_root_relative_puts_the_pelvis_at_zero():
    relative = skeletons.root_relative(POINTS, (23, 24))
    assert np.allclose(relative[:, [23, 24]].mean(1), 0)


def test_procrustes_undoes_any_similarity():
    rotation = Rotation.from_euler("xyz", (0.3, -1, 2)).as_matrix()
    moved = 1.7 * POINTS @ rotation.T + (1, 2, 3)
    assert skeletons.pa_mpjpe(moved, POINTS, ALL) < 1e-9


def test_procrustes_does_not_mirror():
    mirrored = POINTS * (-1, 1, 1)
    assert skeletons.pa_mpjpe(mirrored, POINTS, ALL) > 0.1


def test_procrustes_agrees_with_scipy_up_to_its_normalisation():
    from scipy.spatial import procrustes

    a, b = POINTS[0], POINTS[0] @ Rotation.from_euler("z", 1).as_matrix() + 0.1 * POINTS[1]
    normed_a, fitted, _ = procrustes(a, b)
    size = np.linalg.norm(a - a.mean(0))
    ours = skeletons.procrustes_align(b, a)
    assert np.allclose((ours - a) / size, fitted - normed_a, atol=1e-9)


def test_hand_computed_acceleration():
    still = np.zeros((5, 33, 3))
    thrown = still.copy()
    thrown[..., 1] = (0.5 * 9.81 * (np.arange(5) / 30) ** 2)[:, None]
    assert skeletons.acceleration_error(thrown, still, ALL[:5], 30) == pytest.approx(9.81)


def test_an_invalid_frame_voids_its_three_triples():
    moved = POINTS.copy()
    moved[2] += 100
    valid = ALL.copy()
    valid[2] = False
    assert skeletons.acceleration_error(moved, POINTS, valid, 30) == pytest.approx(0, abs=1e-9)


def test_hand_computed_jitter():
    cubic = np.zeros((8, 33, 3))
    cubic[..., 0] = (np.arange(8.0) ** 3)[:, None]
    assert skeletons.jitter(cubic, 1.0) == pytest.approx(0.6)


def test_hand_computed_pck():
    truth = np.zeros((1, 33, 2))
    near = truth.copy()
    near[0, :11] = (9, 0)
    near[0, 11:22] = (11, 0)
    assert skeletons.pck(near, truth, ALL[:1], np.array([100]), 0.1) == pytest.approx(22 / 33)


def test_hand_computed_oks():
    truth, predicted = np.zeros((1, 1, 2)), np.array([[[3.0, 4.0]]])
    value = skeletons.object_keypoint_similarity(
        predicted, truth, np.ones((1, 1), bool), np.array([1000.0]), np.array([0.1])
    )
    assert value == pytest.approx(np.exp(-25 / (2 * 1000 * 0.04)))


def test_procrustes_agrees_with_scikit_image():
    transform = pytest.importorskip("skimage.transform")
    for predicted, truth in zip(POINTS[:3], POINTS[3:], strict=True):
        umeyama = transform.SimilarityTransform.from_estimate(predicted, truth)
        assert np.allclose(skeletons.procrustes_align(predicted, truth), umeyama(predicted))


def test_oks_agrees_with_pycocotools():
    coco = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    random = np.random.default_rng(5)
    truth, predicted = random.uniform(0, 100, (2, 17, 2))
    predicted = truth + random.normal(scale=4, size=(17, 2))
    seen = random.random(17) > 0.3
    area = 3000.0
    annotation = {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [0, 0, 100, 100],
        "area": area,
        "num_keypoints": int(seen.sum()),
        "keypoints": np.column_stack([truth, 2 * seen]).ravel().tolist(),
    }
    table = coco.COCO()
    table.dataset = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": [annotation]}
    table.createIndex()
    found = dict(annotation, keypoints=np.column_stack([predicted, seen]).ravel().tolist())
    results = coco.COCO()
    found["score"] = 1.0
    results.dataset = dict(table.dataset, annotations=[found])
    results.createIndex()
    evaluator = evaluation.COCOeval(table, results, "keypoints")
    evaluator._prepare()
    expected = evaluator.computeOks(1, 1)[0, 0]
    sigmas = evaluator.params.kpt_oks_sigmas
    ours = skeletons.object_keypoint_similarity(
        predicted[None], truth[None], seen[None], np.array([area]), sigmas
    )
    assert ours == pytest.approx(expected)
