# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An install that cannot be written to, a user who has no home: the engine works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from thfm_ros.runtime.backends.part_store import PartStore

PACKAGE = Path(__file__).resolve().parents[1] / "thfm_ros"
NOBODY = 65534
CODE = """
import numpy as np
from thfm_ros.frame import Frame
from thfm_ros.runtime.backends import BackendChoice
from thfm_ros.runtime.engine import Engine, EngineConfig
engine = Engine(EngineConfig(size=(64, 48), backend=BackendChoice("eager")))
engine.warm_up()
print(engine.push(Frame(1, np.zeros((48, 64, 3), np.uint8))).backend)
"""


def run(**how):
    # Below /proc nobody can make a folder, not even root.
    nowhere = {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere", "USER": "nobody"}
    environment = {**os.environ, **nowhere, "PYTHONPATH": str(PACKAGE.parent)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        env=environment,
        cwd="/",
        timeout=120,
        **how,
    )


def reachable_by_nobody():
    folders = {Path(sys.base_prefix), Path(sys.prefix), PACKAGE}
    parents = {parent for folder in folders for parent in (folder, *folder.parents)}
    return all(parent.stat().st_mode & 0o001 for parent in parents)


@pytest.mark.fault("F58")
def test_nothing_is_written_into_the_package_and_no_home_is_needed():
    before = set(PACKAGE.rglob("*"))
    result = run()
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()
    assert {path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts} <= before


@pytest.mark.fault("F58")
def test_compiled_programs_are_kept_only_where_that_is_possible(monkeypatch, tmp_path):
    for cache, kept in (("/proc/nowhere", False), ("", False), (str(tmp_path), True)):
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        monkeypatch.setenv("HOME", "/proc/nowhere")
        store = PartStore("random", ())
        store.save("part", {}, b"compiled")
        assert (store.load("part") == ({}, b"compiled")) == kept


@pytest.mark.fault("F58")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(not reachable_by_nobody(), reason="others may not read this Python")
def test_somebody_without_rights_can_run_it():
    result = run(user=NOBODY, group=NOBODY)
    assert result.returncode == 0, result.stderr
