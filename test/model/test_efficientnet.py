# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
import torch.nn.functional as F

from thfm_ros.model.efficientnet import CHANNELS, EfficientNetLite0, SameConv


@pytest.mark.parametrize(("height", "width"), [(144, 192), (192, 144), (96, 128), (64, 48)])
def test_features_at_every_stride(height, width):
    with torch.no_grad():
        features = EfficientNetLite0()(torch.zeros(1, 3, height, width))
    assert {stride: tuple(f.shape[1:]) for stride, f in features.items()} == {
        stride: (channels, -(-height // stride), -(-width // stride))
        for stride, channels in CHANNELS.items()
    }


@pytest.mark.parametrize("edge", [8, 9, 10, 11])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_padding_is_tensorflows(edge, kernel, stride):
    """Its rule: output = ceil(input / stride), and of an odd padding the larger half comes last."""
    conv, x = SameConv(2, 3, kernel, stride), torch.randn(1, 2, edge, edge)
    outputs = -(-edge // stride)
    total = max((outputs - 1) * stride + kernel - edge, 0)
    before, after = total // 2, total - total // 2
    padded = F.pad(x, (before, after, before, after))
    expected = F.conv2d(padded, conv.weight, conv.bias, stride)
    assert torch.allclose(conv(x), expected, atol=1e-6)
    assert expected.shape[-1] == outputs
