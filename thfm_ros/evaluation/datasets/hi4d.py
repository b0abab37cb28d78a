# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Hi4D: two people in close contact, scanned (Yin et al. 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.evaluation.datasets.files import (
    DatasetError,
    folders,
    in_sequence,
    labelled_person,
    pinhole,
    read_grey,
    read_numbers,
    read_rgb,
    require,
)
from thfm_ros.evaluation.datasets.mesh import read_obj, view_mesh
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import Truth

PAIRS, CAMERA = ("pair28", "pair32", "pair37"), 4
SPLIT = "pairs 28, 32 and 37, camera 4 (Sapiens, DAViD, GenCeption: 1,195 frames)"
PROTOCOL = "normals and depth of the scans on people; masks of seg/; SMPL's 24 joints"
_FPS = 30.0
_JOINTS = 24


def read(root: Path, options: dict) -> Iterator[Sample]:
    """Yield the split, lens distortion removed.

    Layout: ROOT/pairNN/ACTION/{images/4/*.jpg, cameras/rgb_cameras.npz, frames/mesh-fNNNNN.obj,
    smpl/NNNNNN.npz, seg/img_seg_mask/4/all/*.png}; smpl and seg may be missing.
    """
    require(root, "the data set's folder")
    missing = [pair for pair in PAIRS if not (root / pair).is_dir()]
    if missing:
        raise DatasetError(f"{', '.join(missing)} is missing in {root}: the split needs all three")
    actions = [action for pair in PAIRS for action in folders(root / pair, "*/", "an action")]
    return in_sequence((_frames(action) for action in actions), _FPS)


def _frames(action: Path) -> Iterator[tuple]:
    calibration = read_numbers(action / "cameras" / "rgb_cameras.npz")
    index = np.flatnonzero(np.asarray(calibration["ids"]) == CAMERA)
    if len(index) != 1:
        raise DatasetError(f"camera {CAMERA} is missing in {action / 'cameras'}")
    matrix, extrinsics, distortion = (
        np.asarray(calibration[name][index[0]], np.float64)
        for name in ("intrinsics", "extrinsics", "dist_coeffs")
    )
    for path in folders(action, f"images/{CAMERA}/*.jpg", "an image"):
        distorted = read_rgb(path)
        image = cv2.undistort(distorted, matrix, distortion)
        camera = pinhole(matrix, image.shape[1::-1])
        number = int(path.stem)
        vertices, faces = read_obj(action / "frames" / f"mesh-f{number:05d}.obj")
        fields = view_mesh(_to_camera(vertices, extrinsics), faces, camera)
        matte = action / "seg" / "img_seg_mask" / str(CAMERA) / "all" / f"{path.stem}.png"
        if matte.exists():
            fields["mask"] = cv2.undistort(read_grey(matte), matrix, distortion)
        smpl = action / "smpl" / f"{path.stem}.npz"
        if smpl.exists():
            bodies = np.asarray(read_numbers(smpl)["joints_3d"], np.float64)[:, :_JOINTS]
            name = f"{action.parent.name}/{action.name}"
            fields["people"] = tuple(
                labelled_person(f"{name}/{i}", _to_camera(body, extrinsics), camera)
                for i, body in enumerate(bodies)
            )
        yield image, camera, Truth(**fields, joints="smpl24")


def _to_camera(points: np.ndarray, extrinsics: np.ndarray) -> np.ndarray:
    return points @ extrinsics[:3, :3].T + extrinsics[:3, 3]
