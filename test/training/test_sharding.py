# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from accelerate.utils import FullyShardedDataParallelPlugin

from thfm_ros.model.checkpoint import load_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.training import sharding
from thfm_ros.training.settings import Optimiser, Phase, TrainingSettings

ROOT = Path(__file__).parents[2]
SETTINGS = TrainingSettings(phases=(Phase(1, (32, 32), 5),), preset="tiny")


def plugin(**changes):
    return FullyShardedDataParallelPlugin(
        **{"fsdp_version": 2, "auto_wrap_policy": "NO_WRAP", **changes}
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fsdp_version": 1}, "fsdp_version is 1, allowed is 2"),
        ({"auto_wrap_policy": "TRANSFORMER_BASED_WRAP"}, "fsdp_auto_wrap_policy .* NO_WRAP"),
        ({"activation_checkpointing": True}, "fsdp_activation_checkpointing is true"),
    ],
)
def test_what_cannot_be_sharded_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        sharding.check(plugin(**changes), SETTINGS, Thfm(preset("tiny")))


def test_muon_needs_whole_matrices():
    muon = dataclasses.replace(SETTINGS, optimiser=Optimiser(kind="muon"))
    with pytest.raises(ValueError, match=r"optimiser\.kind is 'muon', .* is 'adamw'"):
        sharding.check(plugin(), muon, Thfm(preset("tiny")))


def test_from_images_to_clips_only_where_no_weights_are_rewritten():
    phases = (Phase(1, (32, 32), 1), Phase(1, (32, 32), 5))
    growing = dataclasses.replace(SETTINGS, phases=phases)
    with pytest.raises(ValueError, match="phases go from 1 frame to more"):
        sharding.check(plugin(), growing, Thfm(preset("tiny")))
    with torch.device("meta"):
        sharding.check(plugin(), growing, Thfm(preset("wan-1.3b")))


@pytest.fixture(scope="module")
def runs(shards, tmp_path_factory):
    """Return the folder of what two processes trained with the accelerate config that ships."""
    out = tmp_path_factory.mktemp("runs")
    config = ROOT / "config" / "accelerate" / "fsdp.yaml"
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", config]
    script = [Path(__file__).with_name("train_in_shards.py"), shards, out]
    subprocess.run(
        [*launch, "--num_processes", "2", "--main_process_port", "0", *script],
        check=True,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )
    return out


def weights(run):
    return load_checkpoint(run / "model").state_dict()


def test_each_process_holds_its_share(runs):
    assert json.loads((runs / "held.json").read_text()) == pytest.approx(0.5, abs=0.02)


def test_shards_learn_what_whole_models_learn(runs):
    sharded, whole = weights(runs / "sharded"), weights(runs / "whole")
    # A prompt that no process drew goes on by its momentum in shards, and rests in whole models.
    for part in (sharded, whole):
        for name in [name for name in part if name.startswith("prompts.")]:
            del part[name]
    # Three steps move a weight by up to 2e-3; AdamW makes noise of gradients that ought to be zero.
    torch.testing.assert_close(sharded, whole, rtol=0, atol=1e-4)


def test_resuming_shards_gives_the_same_numbers(runs):
    torch.testing.assert_close(weights(runs / "cut"), weights(runs / "sharded"), rtol=0, atol=0)
