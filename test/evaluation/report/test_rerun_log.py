# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import importlib.util
import sys

import pytest

from thfm_ros import cli

OPTIONS = ["--threads", "1", "--min-score", "0", "--min-confidence", "0", "--frames", "2"]


def evaluate(bag, checkpoint, out):
    command = ["evaluate", "bag", str(bag), "--checkpoint", str(checkpoint), "--rerun", str(out)]
    return cli.main([*command, *OPTIONS])


def test_without_rerun_it_says_what_to_install(bag, checkpoint, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rerun", None)
    assert evaluate(bag, checkpoint, tmp_path / "x.rrd") == 1
    assert "pip install rerun-sdk" in capsys.readouterr().err


@pytest.mark.skipif(not importlib.util.find_spec("rerun"), reason="rerun-sdk is not installed")
def test_a_recording_is_written(bag, checkpoint, tmp_path):
    assert evaluate(bag, checkpoint, tmp_path / "x.rrd") == 0
    assert (tmp_path / "x.rrd").stat().st_size > 10_000
