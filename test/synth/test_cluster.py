# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import threading
import time

import pytest

from thfm_ros.synth.__main__ import main
from thfm_ros.synth.cluster import backend, run_all


def test_an_unknown_backend_is_named():
    with pytest.raises(ValueError, match="backend is 'slurm', allowed is one of"), backend("slurm"):
        pass


@pytest.mark.parametrize("name", ["threading", "multiprocessing"])
def test_results_come_from_backends_that_stream_and_that_do_not(name):
    with backend(name):
        assert sorted(run_all(divmod, [(7, 2), (9, 4)], workers=2)) == [(2, 1), (3, 1)]


def make_clips(pack, out, *options):
    """Four shards of a clip each; a shard is small, so that there are several to share."""
    words = ["clips", "--assets", str(pack), "--out", str(out), "--count", "4", "--size", "64x48"]
    return main([*words, "--shard-size", "1", "--frames", "1", *options])


def shards(out):
    return {path.name: path.read_bytes() for path in sorted(out.glob("shard-*.tar"))}


@pytest.fixture(scope="module")
def alone(pack, tmp_path_factory):
    out = tmp_path_factory.mktemp("alone")
    assert make_clips(pack, out) == 0
    return shards(out)


def test_dask_workers_make_the_same_clips(pack, tmp_path, two_dask_workers, alone):
    assert make_clips(pack, tmp_path, "--backend", "dask", "--workers", "2") == 0
    assert shards(tmp_path) == alone


def test_a_dask_worker_that_dies_loses_nothing(pack, tmp_path, two_dask_workers, alone):
    def kill_one_at_work():
        while not list(tmp_path.glob("shard-*")):
            time.sleep(0.01)
        two_dask_workers[0].kill()

    killer = threading.Thread(target=kill_one_at_work, daemon=True)
    killer.start()
    assert make_clips(pack, tmp_path, "--backend", "dask", "--workers", "2") == 0
    killer.join(10)
    assert two_dask_workers[0].poll() is not None
    assert shards(tmp_path) == alone
