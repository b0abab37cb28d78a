# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.evaluation.metrics import mattes


def square(low, high, size=16):
    matte = np.zeros((size, size))
    matte[low:high, low:high] = 1
    return matte


def test_two_empty_mattes_agree():
    assert mattes.iou(np.zeros((4, 4)), np.zeros((4, 4))) == 1


def test_hand_computed_iou():
    assert mattes.iou(square(0, 4), square(2, 6)) == pytest.approx(4 / 28)


def test_hand_computed_mse_and_sad():
    predicted, truth = np.full((10, 10), 0.5), np.zeros((10, 10))
    assert mattes.mse(predicted, truth) == 0.25
    assert mattes.sad(predicted, truth) == pytest.approx(0.05)
    band = np.zeros((10, 10), bool)
    band[0] = True
    assert mattes.sad(predicted, truth, band) == pytest.approx(0.005)


def test_equal_mattes_have_no_error():
    matte = square(3, 12)
    assert mattes.gradient_error(matte, matte) == 0
    assert mattes.connectivity_error(matte, matte) == 0
    assert mattes.dtssd(np.stack([matte] * 3), np.stack([matte] * 3)) == 0


def test_a_blurred_edge_has_a_gradient_error():
    from scipy.ndimage import gaussian_filter

    sharp = square(4, 12)
    errors = [mattes.gradient_error(gaussian_filter(sharp, s), sharp) for s in (0.5, 1, 2)]
    assert errors == sorted(errors)
    assert errors[0] > 0


def test_a_loose_island_has_a_connectivity_error():
    truth, island = square(2, 8), square(2, 8)
    island[12:14, 12:14] = 1
    assert mattes.connectivity_error(island, truth) == pytest.approx(4 / 1000)


def test_hand_computed_dtssd():
    truth = np.zeros((2, 4, 4))
    flickering = truth.copy()
    flickering[1] = 0.1
    assert mattes.dtssd(flickering, truth) == pytest.approx(10)
    assert np.isnan(mattes.dtssd(truth[:1], truth[:1]))


def test_gradient_filters_are_those_of_the_published_protocol():
    """RVM's filter, written out in two dimensions: derivative times Gaussian, of unit energy."""
    from scipy.ndimage import correlate

    random = np.random.default_rng(0)
    predicted, truth = random.random((2, 20, 30))
    at = np.arange(-4, 5)
    gaussian = np.exp(-(at**2) / (2 * 1.4**2)) / (1.4 * np.sqrt(2 * np.pi))
    filter_x = np.outer(gaussian, -at * gaussian / 1.4**2)
    filter_x /= np.sqrt((filter_x**2).sum())

    def gradient(matte):
        matte = (matte - matte.min()) / (matte.max() - matte.min())
        parts = [correlate(matte, f, mode="nearest") for f in (filter_x, filter_x.T)]
        return np.sqrt(parts[0] ** 2 + parts[1] ** 2)

    expected = ((gradient(predicted) - gradient(truth)) ** 2).sum() / 1000
    assert mattes.gradient_error(predicted, truth) == pytest.approx(expected)


def test_iou_agrees_with_torchmetrics_and_pycocotools():
    torch = pytest.importorskip("torch")
    classification = pytest.importorskip("torchmetrics.classification")
    masks = pytest.importorskip("pycocotools.mask")
    predicted, truth = np.random.default_rng(1).random((2, 24, 32))
    ours = mattes.iou(predicted, truth)
    jaccard = classification.BinaryJaccardIndex(threshold=0.5)
    assert ours == pytest.approx(
        float(jaccard(torch.from_numpy(predicted), torch.from_numpy(truth > 0.5)))
    )
    runs = [masks.encode(np.asfortranarray((x > 0.5).astype(np.uint8))) for x in (predicted, truth)]
    assert ours == pytest.approx(float(masks.iou([runs[0]], [runs[1]], [0])[0, 0]))


def test_mse_and_mad_agree_with_scikit_image_and_torchmetrics():
    metrics = pytest.importorskip("skimage.metrics")
    torch = pytest.importorskip("torch")
    regression = pytest.importorskip("torchmetrics.regression")
    predicted, truth = np.random.default_rng(2).random((2, 24, 32))
    assert mattes.mse(predicted, truth) == pytest.approx(
        metrics.mean_squared_error(predicted, truth)
    )
    mean_absolute = regression.MeanAbsoluteError()
    found = mean_absolute(torch.from_numpy(predicted), torch.from_numpy(truth))
    assert mattes.mad(predicted, truth) == pytest.approx(float(found), rel=1e-5)


def test_the_connected_part_is_that_of_scikit_image():
    """The error of a binary matte is its pixels outside the largest common component."""
    measure = pytest.importorskip("skimage.measure")
    random = np.random.default_rng(3)
    truth = (random.random((30, 40)) > 0.4).astype(float)
    predicted = (random.random((30, 40)) > 0.4).astype(float)
    labels = measure.label((truth > 0) & (predicted > 0), connectivity=1)
    largest = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    expected = np.abs(predicted - truth)[~largest].sum() / 1000
    assert mattes.connectivity_error(predicted, truth) == pytest.approx(expected)
