# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import pickle

import numpy as np
import pytest

from thfm_ros.evaluation.datasets.files import DatasetError, read_numbers


def write_pickle(path, values):
    path.write_bytes(pickle.dumps(values, protocol=2))


def test_a_pickle_that_wants_to_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("gotcha",)

    write_pickle(tmp_path / "x.pkl", {"a": Evil()})
    with pytest.raises(DatasetError, match="it wants to run"):
        read_numbers(tmp_path / "x.pkl")


def test_arrays_come_out_of_a_pickle(tmp_path):
    write_pickle(
        tmp_path / "x.pkl", {"a": np.arange(3), "b": "male", "c": np.float32(2), "d": True}
    )
    found = read_numbers(tmp_path / "x.pkl")
    assert found["a"].tolist() == [0, 1, 2]
    assert (found["b"], found["c"], found["d"]) == ("male", 2, True)
