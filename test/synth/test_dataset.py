# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from thfm_ros.clips.shards import read_shard
from thfm_ros.synth.cast import LOOKS
from thfm_ros.synth.clips import ClipSettings
from thfm_ros.synth.dataset import DatasetPlan, make_dataset, shard_path

SETTINGS = ClipSettings((64, 48), 1)


@pytest.fixture
def plan(pack):
    return DatasetPlan("train", 5, 0, SETTINGS, pack, shard_size=2)


@pytest.mark.parametrize(
    ("field", "value"), [("split", "dev"), ("count", 0), ("shard_size", 0), ("look", "cartoons")]
)
def test_bad_plans_are_named(pack, field, value):
    good = {"split": "train", "count": 1, "seed": 0, "settings": SETTINGS, "pack": pack}
    with pytest.raises(ValueError, match=rf"{field} is .*allowed"):
        DatasetPlan(**{**good, field: value})


def test_a_folder_of_another_plan_is_refused(plan, pack, tmp_path):
    make_dataset(plan, tmp_path, 1)
    with pytest.raises(ValueError, match="holds another data set: seed differ"):
        make_dataset(DatasetPlan("train", 5, 1, SETTINGS, pack, shard_size=2), tmp_path, 1)


def test_all_clips_are_made_and_progress_is_told(plan, tmp_path):
    told = []
    assert make_dataset(plan, tmp_path, 1, lambda name, clips: told.append((name, clips))) == 5
    assert sorted(told) == [("shard-00000.tar", 2), ("shard-00001.tar", 2), ("shard-00002.tar", 1)]
    keys = [key for k in range(3) for key, _ in read_shard(shard_path(tmp_path, k))]
    assert keys == [f"{k:08d}" for k in range(5)]
    assert json.loads((tmp_path / "plan.json").read_text())["size"] == [64, 48]


def test_a_second_run_goes_on_where_the_first_stopped(plan, tmp_path):
    make_dataset(plan, tmp_path, 1)
    before = shard_path(tmp_path, 1).read_bytes()
    shard_path(tmp_path, 1).unlink()
    (tmp_path / "shard-00001.partial").write_bytes(b"half")
    left = []
    assert make_dataset(plan, tmp_path, 1, on_start=left.append) == 2
    assert left == [3]
    assert shard_path(tmp_path, 1).read_bytes() == before, "the same plan gives the same bytes"
    assert not list(tmp_path.glob("*.partial"))


def test_two_workers_make_the_same_data_as_one(pack, tmp_path):
    plan = DatasetPlan("val", 3, 0, ClipSettings((32, 24), 1), pack, shard_size=2)
    for workers in (1, 2):
        make_dataset(plan, tmp_path / str(workers), workers)
    one, two = (shard_path(tmp_path / str(w), 1).read_bytes() for w in (1, 2))
    assert one == two


def test_splits_and_looks_never_share_a_seed(pack):
    seeds = set()
    for split in ("train", "val", "test"):
        for look in LOOKS:
            plan = DatasetPlan(split, 3, 0, SETTINGS, pack, look=look)
            seeds |= {plan.clip_seed(k) for k in range(3)}
    assert len(seeds) == 3 * len(LOOKS) * 3
