# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest

from thfm_ros.evaluation.benchmark.full_size import FullSizeRun, run_full_size
from thfm_ros.model.config import CodecConfig, TransformerConfig
from thfm_ros.model.presets import preset


def tiny_wan():
    return dataclasses.replace(
        preset("wan-1.3b"),
        transformer=TransformerConfig(2, 12, 2, 32, text_dim=16, freq_dim=16),
        codec=CodecConfig("wan", arguments={"base_dim": 8}),
        size=(64, 48),
        frames=5,
    )


def test_impossible_runs_are_refused():
    with pytest.raises(ValueError, match="frames is 4"):
        FullSizeRun(tiny_wan(), frames=4)
    with pytest.raises(ValueError, match=r"size is \(50, 48\)"):
        FullSizeRun(tiny_wan(), size=(50, 48))
    with pytest.raises(ValueError, match="codec is 'prior'"):
        FullSizeRun(preset("nano"))


def test_figures_say_what_was_measured_and_where():
    figures = run_full_size(FullSizeRun(tiny_wan(), (64, 48), text_length=3), report=lambda _: None)
    assert set(figures["seconds"]) == {"encode", "transformer", "decode", "total"}
    assert all(value > 0 for value in figures["tflop"].values())
    assert figures["peak_memory_gib"] > 0
    assert figures["machine"]["cpu"]
    assert figures["weights"] == "bfloat16"
