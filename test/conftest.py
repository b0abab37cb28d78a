# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ROS in tests: a domain of their own, nothing leaves this machine, large images fit."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

os.environ["ROS_DOMAIN_ID"] = str(101 + os.getpid() % 100)
os.environ["FASTDDS_DEFAULT_PROFILES_FILE"] = str(ROOT / "config" / "fastdds_loopback.xml")
# A pip-installed package is found by ament only through this; colcon's setup files set it.
os.environ.setdefault("AMENT_PREFIX_PATH", sys.prefix)
# How long an example takes says how busy the machine is; test_fuzz sets a limit of its own.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")


class DaskCluster:
    """A Dask scheduler and workers as processes of their own, on this machine."""

    def __init__(self, folder):
        self._folder = folder
        self._processes = [self._start("scheduler", "--port", "0", "--no-dashboard")]
        self.address = self._await_line(self._folder / "0.log", r"Scheduler at:\s+(\S+)")
        self.workers = []

    def have_workers(self, count):
        """Start workers until so many live."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < count:
            log = self._folder / f"{len(self._processes)}.log"
            options = ("--no-nanny", "--nthreads", "1", "--no-dashboard")
            worker = self._start("worker", self.address, *options)
            self._processes.append(worker)
            self._await_line(log, r"(Registered to)")
            self.workers.append(worker)

    def end(self):
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def _start(self, *words):
        number = len(getattr(self, "_processes", ()))
        # Work lands in folders that tests name; only the cluster's own files go here.
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1"],
            cwd=self._folder,
            stdout=(self._folder / f"{number}.log").open("w"),
            stderr=subprocess.STDOUT,
            env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1"),
        )

    def _await_line(self, log, pattern):
        end = time.monotonic() + 60
        while not (found := re.search(pattern, log.read_text())):
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        return found[1]


@pytest.fixture(scope="session")
def dask_cluster(tmp_path_factory):
    """A scheduler that DASK_SCHEDULER_ADDRESS names, with two workers."""
    cluster = DaskCluster(tmp_path_factory.mktemp("dask"))
    yield cluster
    cluster.end()


@pytest.fixture
def two_dask_workers(dask_cluster, monkeypatch):
    dask_cluster.have_workers(2)
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", dask_cluster.address)
    return dask_cluster.workers
