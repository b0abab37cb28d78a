# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest

from thfm_ros.model.config import CodecConfig, ThfmConfig, TokenGroup, TransformerConfig
from thfm_ros.model.presets import PRESETS, preset


def test_unknown_preset_lists_the_known():
    with pytest.raises(ValueError, match=r"preset is 'huge'.*nano"):
        preset("huge")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": (250, 192)}, r"size is \(250, 192\), allowed are positive multiples of 16"),
        ({"frames": 6}, r"frames is 6, allowed is 4k \+ 1"),
        ({"shared_blocks": 99}, "shared_blocks is 99"),
        ({"token_task": "segmentation"}, "token_task is 'segmentation'"),
    ],
)
def test_bad_setting_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(preset("tiny"), **changes)


def test_bad_parts_are_named():
    with pytest.raises(ValueError, match=r"transformer\.head_dim is 7"):
        TransformerConfig(2, 7, 1, 8, 8)
    with pytest.raises(ValueError, match=r"codec\.kind is 'jpeg'"):
        CodecConfig("jpeg")
    with pytest.raises(ValueError, match=r"tokens\.t\.meaning is 'faces'"):
        TokenGroup("t", 33, 2, "faces")
    with pytest.raises(ValueError, match=r"tokens\.t\.per_step is 5"):
        TokenGroup("t", 33, 2, "landmarks2d", per_step=5)
    with pytest.raises(ValueError, match=r"tokens\.t\.tells_span is True, allowed is False"):
        TokenGroup("t", 33, 3, "landmarks3d", tells_span=True)


def test_unknown_and_missing_keys_are_listed():
    values = preset("tiny").to_json()
    with pytest.raises(ValueError, match=r"unknown config keys \['transformer.colour'\]"):
        ThfmConfig.from_json({**values, "transformer": {**values["transformer"], "colour": 1}})
    values.pop("frames")
    with pytest.raises(ValueError, match=r"missing config keys \['frames'\]"):
        ThfmConfig.from_json(values)


@pytest.mark.parametrize("name", PRESETS)
def test_json_round_trip(name):
    config = preset(name)
    assert ThfmConfig.from_json(config.to_json()) == config


def test_wan_sizes():
    assert preset("wan-1.3b").transformer.dim == 1536
    assert preset("wan-14b").transformer.dim == 5120
