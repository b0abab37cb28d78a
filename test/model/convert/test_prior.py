# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from thfm_ros.cli import main
from thfm_ros.model.checkpoint import load_checkpoint
from thfm_ros.model.convert.errors import ConversionError
from thfm_ros.model.convert.prior import fold_batch_norms
from thfm_ros.model.efficientnet import EfficientNetLite0

_NORM = ("weight", "bias", "running_mean", "running_var")


def published(network: EfficientNetLite0) -> dict[str, torch.Tensor]:
    """Return random weights under the published names, as many as a network has."""
    torch.manual_seed(0)
    weights = {}

    def add(prefix: str, conv: str, norm: str, shape: torch.Size) -> None:
        weights[f"{prefix}_{conv}.weight"] = torch.randn(shape) * 0.1
        for name in _NORM:
            weights[f"{prefix}{norm}.{name}"] = torch.rand(shape[0]) + 0.5
        weights[f"{prefix}{norm}.num_batches_tracked"] = torch.tensor(0)

    add("", "conv_stem", "_bn0", network.stem.weight.shape)
    for index, block in enumerate(network.blocks):
        for part, norm in (("expand", "_bn0"), ("depthwise", "_bn1"), ("project", "_bn2")):
            if not isinstance(getattr(block, part), torch.nn.Identity):
                shape = getattr(block, part).weight.shape
                add(f"_blocks.{index}.", f"{part}_conv", norm, shape)
    weights["_conv_head.weight"], weights["_fc.bias"] = torch.zeros(2), torch.zeros(2)
    return weights


def test_a_missing_norm_is_named():
    weights = published(EfficientNetLite0())
    del weights["_blocks.3._bn1.running_var"]
    with pytest.raises(ConversionError, match=r"_blocks\.3\._bn1\.running_var"):
        fold_batch_norms(weights)


def test_an_unknown_key_is_named():
    weights = {**published(EfficientNetLite0()), "_blocks.3._se.bias": torch.zeros(2)}
    with pytest.raises(ConversionError, match="_se"):
        fold_batch_norms(weights)


def test_a_file_of_another_network_ends_in_one_line(tmp_path, capsys):
    torch.save({"conv.weight": torch.zeros(2)}, tmp_path / "other.pth")
    args = ["convert", "prior", str(tmp_path / "other.pth"), "--out", str(tmp_path / "out")]
    assert main(args) == 1
    assert "unknown keys ['conv.weight']" in capsys.readouterr().err


def test_a_folded_norm_is_the_norm():
    weights = published(EfficientNetLite0())
    norm = torch.nn.BatchNorm2d(32, eps=1e-3).eval()
    norm.load_state_dict({name: weights[f"_bn0.{name}"] for name in _NORM}, strict=False)
    image = torch.randn(1, 3, 8, 8)
    expected = norm(torch.nn.functional.conv2d(image, weights["_conv_stem.weight"]))
    folded = fold_batch_norms(weights)
    seen = torch.nn.functional.conv2d(image, folded["stem.weight"], folded["stem.bias"])
    assert torch.allclose(seen, expected, atol=1e-5)


def test_the_checkpoint_says_where_its_network_comes_from(tmp_path):
    torch.save(published(EfficientNetLite0()), tmp_path / "lite0.pth")
    assert (
        main(["convert", "prior", str(tmp_path / "lite0.pth"), "--out", str(tmp_path / "o")]) == 0
    )
    encoder = load_checkpoint(tmp_path / "o").config.codec.encoder
    assert (encoder.source, encoder.licence) == ("lite0.pth", "Apache-2.0")
