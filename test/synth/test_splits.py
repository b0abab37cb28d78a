# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.synth.splits import SPLITS, check_split, split_of


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match=r"'dev', allowed is one of \('train', 'val', 'test'\)"):
        check_split("dev")


def test_names_fall_into_one_split_each_and_mostly_into_train():
    counts = dict.fromkeys(SPLITS, 0)
    for k in range(1000):
        counts[split_of(f"identity-{k}")] += 1
    assert sum(counts.values()) == 1000
    assert 750 < counts["train"] < 850
    assert min(counts.values()) > 60
