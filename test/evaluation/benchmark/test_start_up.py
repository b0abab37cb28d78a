# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import os

import pytest

from thfm_ros.evaluation.benchmark import start_up


def test_the_stamps_of_a_nodes_log_are_read(tmp_path):
    log = tmp_path / "perception_node.log"
    log.write_text(
        "a warning of some library\n"
        "[INFO] [1700000000.250000000] [thfm.perception]: loading libraries and weights ...\n"
        "[INFO] [1700000001.500000000] [thfm.perception]: active: waiting for images on /image\n"
    )
    assert dict(start_up._lines(log)) == {
        "loading libraries and weights ...": 1700000000.25,
        "active: waiting for images on /image": 1700000001.5,
    }


@pytest.mark.parametrize("known", ["/somewhere", None])
def test_the_cache_of_the_user_is_left_alone(monkeypatch, tmp_path, known):
    if known is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", known)
    with start_up._cache_in(str(tmp_path)):
        assert os.environ["XDG_CACHE_HOME"] == str(tmp_path)
    assert os.environ.get("XDG_CACHE_HOME") == known
