# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.camera import Resize
from thfm_ros.runtime.looks.maps import count_not_finite, source_maps
from thfm_ros.tasks import DENSE
from thfm_ros.tasks.depth import Depth

RESIZE = Resize((64, 48), (64, 48))
ON_PEOPLE = {**DENSE, "depth": Depth(people_only=True)}
EVERYWHERE = {**DENSE, "depth": Depth(people_only=False)}


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
    maps = source_maps(broken, RESIZE, ON_PEOPLE)
    assert maps["mask"][5, 6] == 0
    for name in ("depth", "normals", "dense_pose"):
        assert np.isnan(maps[name][5, 6]).all()
        assert np.isfinite(maps[name][20, 20]).all()


def test_a_map_without_a_mask_is_kept_whole():
    maps = source_maps({"depth": outputs()["depth"]}, RESIZE, ON_PEOPLE)
    assert np.isfinite(maps["depth"]).all()


@pytest.mark.parametrize("people", [np.s_[10:30, 20:25], np.s_[:, :], np.s_[0:0, 0:0]])
def test_off_people_nothing_is_known_and_on_them_normals_are_unit_vectors(people):
    seen = outputs()
    seen["mask"][:] = 0
    seen["mask"][people] = 1
    maps = source_maps(seen, RESIZE, ON_PEOPLE)
    on_people = maps["mask"] >= 0.5
    for name in ("depth", "normals", "dense_pose"):
        known = np.isfinite(maps[name])
        assert (known if known.ndim == 2 else known.all(-1)).tolist() == on_people.tolist()
    lengths = np.linalg.norm(maps["normals"][on_people], axis=-1)
    np.testing.assert_allclose(lengths, 1, atol=1e-6)
    assert (maps["dense_pose"][on_people] == np.float32(0.3)).all()


def test_normals_are_turned_into_the_cameras_axes():
    seen = outputs()
    seen["normals"][:] = (0, 0, -1)
    rotation = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    maps = source_maps(seen, RESIZE, ON_PEOPLE, rotation)
    np.testing.assert_allclose(maps["normals"][20, 20], (-1, 0, 0), atol=1e-6)


def test_depth_of_everything_is_kept_off_people():
    seen = outputs()
    seen["mask"][:] = 0
    maps = source_maps(seen, RESIZE, EVERYWHERE)
    assert (maps["depth"] == 0.5).all()
