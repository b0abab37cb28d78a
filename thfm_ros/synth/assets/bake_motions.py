# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bake the freely licensed motion clips of found packages into one small file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from thfm_ros.synth.assets.sources import Found
from thfm_ros.synth.motion.files import read_motion
from thfm_ros.synth.motion.segments import SEGMENTS, Motion

FREE_BVH = ("01_01.bvh", "01_03.bvh")
"""CMU clips; the third BVH of assimp-testmodels does not state its licence and is left out."""
KEPT_HZ = 30.0


def bake_motions(found: dict[str, Found], out: Path) -> dict:
    """Write motions.npz: per clip times, quaternions float16 [T, 15, 4] and pelvis [T, 3]."""
    paths = []
    if "pybullet" in found:
        paths += sorted((found["pybullet"].root / "data/motions").glob("humanoid3d_*.txt"))
    if "assimp-testmodels" in found:
        paths += [found["assimp-testmodels"].root / "assimp/models/BVH" / name for name in FREE_BVH]
    arrays = {}
    for path in paths:
        motion = read_motion(path)
        step = max(1, round(1 / KEPT_HZ / max(np.diff(motion.times).mean(), 1e-6)))
        rotations = motion.rotations[::step]
        quaternions = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_quat()
        arrays[f"{motion.name}/times"] = motion.times[::step].astype(np.float32)
        quaternions = quaternions.reshape(-1, len(SEGMENTS), 4).astype(np.float16)
        arrays[f"{motion.name}/quaternions"] = quaternions
        arrays[f"{motion.name}/pelvis"] = motion.pelvis[::step].astype(np.float32)
    np.savez_compressed(out, **arrays)
    return {"motions": len(arrays) // 3}


def unpack_motions(path: Path) -> list[Motion]:
    """Read motions.npz."""
    with np.load(path) as file:
        names = sorted({key.split("/")[0] for key in file.files})
        motions = []
        for name in names:
            quaternions = file[f"{name}/quaternions"].astype(float)
            rotations = Rotation.from_quat(quaternions.reshape(-1, 4)).as_matrix()
            motions.append(
                Motion(
                    name,
                    file[f"{name}/times"].astype(float),
                    rotations.reshape(-1, len(SEGMENTS), 3, 3),
                    file[f"{name}/pelvis"].astype(float),
                    source=name,
                )
            )
    return motions
