# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The weights that ship, on eight clips of the test split: bounds, not bits."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from thfm_ros.clips.shards import read_clips
from thfm_ros.evaluation.clips import evaluate_clips
from thfm_ros.model.shipped import find_checkpoint, load_model
from thfm_ros.runtime.backends import BackendChoice

GOLDEN = Path(__file__).parent / "data" / "golden" / "shard-00000.tar"
BOUNDS = json.loads((GOLDEN.parent / "bounds.json").read_text())
MOST_BYTES = 40e6


@pytest.fixture(scope="module")
def nano():
    return load_model("")


@pytest.fixture(scope="module")
def clips():
    return list(read_clips([GOLDEN]))


@pytest.fixture(scope="module")
def metrics(nano, clips):
    return evaluate_clips(nano, clips, nano.config.frames)


def test_it_ships_trained_and_small(nano):
    assert nano.config.trained
    files = find_checkpoint("").iterdir()
    assert sum(file.stat().st_size for file in files) < MOST_BYTES


@pytest.mark.parametrize("name", BOUNDS)
def test_it_is_as_good_as_when_it_was_shipped(metrics, name):
    low, high = BOUNDS[name]
    assert low <= metrics[name] <= high


def test_compiled_it_scores_the_same(nano, clips, metrics):
    pytest.importorskip("openvino")
    compiled = evaluate_clips(nano, clips, nano.config.frames, BackendChoice("openvino", threads=1))
    for name in BOUNDS:
        assert compiled[name] == pytest.approx(metrics[name], rel=0.01)


def test_the_card_says_what_was_measured():
    tool = Path(__file__).parents[1] / "tools" / "model_card.py"
    assert subprocess.run([sys.executable, tool, "--check"]).returncode == 0
