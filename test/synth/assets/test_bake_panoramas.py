# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np


def test_made_up_skies_have_light_from_above(pack):
    with np.load(pack / "panoramas.npz") as file:
        names = {key.split("/")[0] for key in file.files}
        assert len(names) == 10
        for name in names:
            harmonics, sun = file[f"{name}/harmonics"], file[f"{name}/sun"]
            assert harmonics.shape == (9, 3)
            assert (harmonics[0] > 0).all()
            assert np.isclose(np.linalg.norm(sun[0]), 1, atol=1e-4)
            assert sun[0, 2] > 0
            assert (sun[1] >= 0).all()
