# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch

from thfm_ros.tasks.depth_code import CURVES, DepthCode


@pytest.mark.parametrize(
    ("field", "value"), [("curve", "linear"), ("colours", "jet"), ("alpha", 0.0)]
)
def test_bad_setting_is_named(field, value):
    with pytest.raises(ValueError, match=rf"DepthCode\.{field} is .*allowed"):
        DepthCode(**{field: value})


@pytest.mark.parametrize("colours", ["grey", "cube"])
@pytest.mark.parametrize(("curve", "low", "high"), [("log", 0.05, 11.0), ("log_ratio", 0.4, 2.5)])
def test_round_trip(curve, colours, low, high):
    code = DepthCode(curve, 0.4, colours)
    ratio = torch.linspace(low, high, 4096, dtype=torch.float64).view(1, 4, 1024)
    decoded = code.decode(code.encode(ratio))
    assert (decoded - ratio).abs().max() < 1e-6


def test_released_colours_survive_8_bit_noise():
    code = DepthCode("log", 0.4, "cube")
    value = torch.linspace(0.001, 0.999, 20000).view(1, 1, -1)
    rgb = code.encode(code.ratio(value))
    rgb = ((rgb * 0.5 + 0.5) * 255).round() / 127.5 - 1
    assert (code.decode_value(rgb) - value).abs().max() < 1e-3


def test_released_colours_visit_the_corners_in_order():
    code = DepthCode("log", 0.4, "cube")
    value = torch.arange(8.0).view(1, 1, 8) / 7
    corners = (code.encode(code.ratio(value)) * 0.5 + 0.5).view(3, 8).T.round()
    names = ["000", "100", "110", "010", "011", "001", "101", "111"]
    assert ["".join(str(int(c)) for c in corner) for corner in corners] == names


def test_colours_beside_the_path_go_to_the_nearest_edge():
    code = DepthCode("log", 0.4, "cube")
    beside = torch.tensor([0.5, 0.05, 0.02]).view(3, 1, 1, 1) * 2 - 1
    assert code.decode_value(beside).item() == pytest.approx(0.5 / 7, abs=1e-3)


def test_depth_out_of_range_saturates():
    code = DepthCode("log", 0.4)
    assert code.value(torch.tensor([1e6])).item() == 1.0
    assert torch.isfinite(DepthCode("log_ratio").ratio(torch.tensor([0.0, 1.0]))).all()


@pytest.mark.parametrize("curve", CURVES)
def test_maps_on_the_host_are_read_as_tensors_are(curve):
    code = DepthCode(curve, 0.4)
    value = np.linspace(0, 1, 1001, dtype=np.float32)
    found = code.ratio_of_map(value)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, code.ratio(torch.from_numpy(value)).numpy(), rtol=1e-5)
    assert np.isnan(code.ratio_of_map(np.float32([np.nan]))).all()
