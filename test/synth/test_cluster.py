# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pytest

from thfm_ros.synth.cluster import backend, run_all


def test_an_unknown_backend_is_named():
    with pytest.raises(ValueError, match="backend is 'slurm', allowed is one of"), backend("slurm"):
        pass


@pytest.mark.parametrize("name", ["threading", "multiprocessing"])
def test_results_come_from_backends_that_stream_and_that_do_not(name):
    with backend(name):
        assert sorted(run_all(divmod, [(7, 2), (9, 4)], workers=2)) == [(2, 1), (3, 1)]
