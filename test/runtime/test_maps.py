# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.camera import Resize
from thfm_ros.runtime.maps import count_not_finite, source_maps

RESIZE = Resize((64, 48), (64, 48))


def outputs():
    return {
        "depth": np.full((48, 64), 0.5, np.float32),
        "mask": np.ones((48, 64), np.float32),
        "normals": np.full((48, 64, 3), 0.577, np.float32),
        "dense_pose": np.full((48, 64, 3), 0.3, np.float32),
    }


@pytest.mark.fault("F30")
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_nan_and_nobody(bad):
    broken = outputs()
    for values in broken.values():
        values[5, 6] = bad
    assert count_not_finite(broken) == 8
    assert count_not_finite(outputs()) == 0
    maps = source_maps(broken, RESIZE, depth_on_people=True)
    assert maps["mask"][5, 6] == 0
    for name in ("depth_relative", "normals", "dense_pose"):
        assert np.isnan(maps[name][5, 6]).all()
        assert np.isfinite(maps[name][20, 20]).all()


def test_a_map_without_a_mask_is_kept_whole():
    maps = source_maps({"depth": outputs()["depth"]}, RESIZE, depth_on_people=True)
    assert np.isfinite(maps["depth_relative"]).all()
