# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Joints of SMPL and SMPL-X from their parameters and the model file that the user registered for.

Only the skeleton is posed: joint positions of linear blend skinning do not depend on the skin.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from thfm_ros.evaluation.datasets.files import DatasetError, read_numbers


class SmplSkeleton:
    """A model file: .npz, or .pkl without chumpy objects."""

    def __init__(self, path: Path) -> None:
        model = read_numbers(path)
        needed = ("v_template", "shapedirs", "J_regressor", "kintree_table")
        missing = [name for name in needed if name not in model]
        if missing:
            raise DatasetError(f"{path} is no SMPL model: it lacks {', '.join(missing)}")
        regressor = np.asarray(model["J_regressor"], np.float64)
        self._rest = regressor @ np.asarray(model["v_template"], np.float64)
        self._shape = np.einsum(
            "jv,vck->jck", regressor, np.asarray(model["shapedirs"], np.float64)
        )
        self.parents = np.asarray(model["kintree_table"])[0].astype(np.int64)
        self.parents[0] = -1

    def joints(self, betas: np.ndarray, pose: np.ndarray, translation: np.ndarray) -> np.ndarray:
        """Return joints [J, 3] in metres for betas [B], axis angles [up to J, 3] and a root shift.

        Joints without a rotation keep their parent's.
        """
        betas = np.asarray(betas, np.float64).ravel()[: self._shape.shape[2]]
        rest = self._rest + self._shape[:, :, : len(betas)] @ betas
        angles = np.zeros_like(rest)
        given = np.asarray(pose, np.float64).reshape(-1, 3)[: len(rest)]
        angles[: len(given)] = given
        local = Rotation.from_rotvec(angles).as_matrix()
        turned, placed = local.copy(), rest.copy()
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                turned[joint] = turned[parent] @ local[joint]
                placed[joint] = placed[parent] + turned[parent] @ (rest[joint] - rest[parent])
        return placed + np.asarray(translation, np.float64).ravel()


def find_model(folder: Path, family: str, gender: str) -> Path:
    """Return FAMILY_GENDER.npz or .pkl (SMPL_NEUTRAL.npz, SMPLX_MALE.npz) of the user's folder."""
    names = [f"{family}_{gender.upper()}{suffix}" for suffix in (".npz", ".pkl")]
    for name in names:
        if (Path(folder) / name).exists():
            return Path(folder) / name
    raise DatasetError(f"a body model is missing: none of {', '.join(names)} in {folder}")
