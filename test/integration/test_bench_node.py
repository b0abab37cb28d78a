# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm bench` puts real processes under load over real DDS."""

import pytest
import torch

from thfm_ros.evaluation.benchmark.node import (
    SKELETONS,
    NodeLoad,
    _parameters,
    measure_node,
)
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.processes import parameter_arguments


@pytest.mark.parametrize("topics", [("stats", "depth"), ("keypoints2d",)])
def test_a_load_of_unknown_topics_or_without_stats_is_refused(topics):
    with pytest.raises(ValueError, match=r"topics is .* allowed are stats and any of"):
        NodeLoad((160, 120), fps=10.0, seconds=4.0, topics=topics)


def test_a_network_of_another_size_is_the_one_that_is_measured():
    load = NodeLoad((160, 120), fps=10.0, seconds=4.0, network=(96, 64))
    arguments = parameter_arguments(_parameters(load))
    assert {"network.width:=96", "network.height:=64"} <= set(arguments)


def test_a_node_under_load_is_measured(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(Thfm(preset("tiny")), tmp_path)
    load = NodeLoad((160, 120), fps=10.0, seconds=4.0, checkpoint=str(tmp_path), topics=SKELETONS)
    found = measure_node(load)
    assert found["results"] > 0
    assert found["frames_received"] > 0
    assert found["node_overhead_ms"]["p50"] > 0
    assert found["memory_mib"] > 0
