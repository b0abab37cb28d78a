# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""RICH: people touching scanned scenes (Huang et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.evaluation.datasets.files import (
    DatasetError,
    folders,
    in_sequence,
    labelled_person,
    pinhole,
    read_numbers,
    read_rgb,
    require,
)
from thfm_ros.evaluation.datasets.smpl import SmplSkeleton, find_model
from thfm_ros.evaluation.joints import SMPL24
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import TruePerson, Truth
from thfm_ros.perception import LandmarkState

SPLIT = "test, every camera"
PROTOCOL = (
    "SMPL-X's first 22 joints, which are SMPL's but for the hands; pelvis = mean of the hips; "
    "the papers regress SMPL's 24 from the mesh"
)
_FPS = 30.0
_SHARED = 22


def read(root: Path, options: dict) -> Iterator[Sample]:
    """Yield the test split.

    Layout: ROOT/test/SCENE_*/cam_NN/FFFFF_NN.jpeg, ROOT/test_body/SCENE_*/FFFFF/NNN.pkl,
    ROOT/scan_calibration/SCENE/calibration/NNN.xml. options: "body_models", the folder with
    SMPLX_MALE, SMPLX_FEMALE or SMPLX_NEUTRAL.
    """
    if not options.get("body_models"):
        raise DatasetError("RICH stores SMPL-X parameters: name --body-models, the folder of SMPLX")
    require(root / "test_body", "the bodies of the test split")
    cameras = folders(root, "test/*/cam_*", "a camera's folder (test/SEQUENCE/cam_NN)")
    skeleton = SmplSkeleton(_any_gender(Path(options["body_models"])))
    return in_sequence((_frames(root, folder, skeleton) for folder in cameras), _FPS)


def _any_gender(models: Path) -> Path:
    for gender in ("NEUTRAL", "MALE"):
        try:
            return find_model(models, "SMPLX", gender)
        except DatasetError:
            continue
    return find_model(models, "SMPLX", "FEMALE")


def _frames(root: Path, folder: Path, skeleton: SmplSkeleton) -> Iterator[tuple]:
    sequence, number = folder.parent.name, int(folder.name.removeprefix("cam_"))
    scene = sequence.split("_")[0]
    calibration = root / "scan_calibration" / scene / "calibration" / f"{number:03d}.xml"
    matrix, extrinsics, distortion = _calibration(calibration)
    for path in folders(folder, f"*_{number:02d}.j*g", "an image"):
        bodies = root / "test_body" / sequence / path.stem.split("_")[0]
        if not bodies.is_dir():
            continue
        image = cv2.undistort(read_rgb(path), matrix, distortion)
        camera = pinhole(matrix, image.shape[1::-1])
        people = tuple(
            _person(f"{sequence}/{file.stem}", read_numbers(file), skeleton, extrinsics, camera)
            for file in sorted(bodies.glob("*.pkl"))
        )
        yield image, camera, Truth(people=people, joints=SMPL24.name)


@lru_cache(64)
def _calibration(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    storage = cv2.FileStorage(str(require(path, "a calibration")), cv2.FILE_STORAGE_READ)
    names = ("Intrinsics", "CameraMatrix", "Distortion")
    values = [storage.getNode(name).mat() for name in names]
    storage.release()
    if any(value is None for value in values):
        raise DatasetError(f"{path} lacks one of {', '.join(names)}")
    matrix, extrinsics, distortion = (np.asarray(value, np.float64) for value in values)
    return matrix, extrinsics, distortion.ravel()[:5]


def _person(name: str, body: dict, skeleton: SmplSkeleton, extrinsics: np.ndarray, camera):
    pose = np.concatenate([np.ravel(body["global_orient"]), np.ravel(body["body_pose"])])
    world = skeleton.joints(body["betas"], pose, body["transl"])[:_SHARED]
    seen = labelled_person(name, world @ extrinsics[:, :3].T + extrinsics[:, 3], camera)
    unknown = len(SMPL24.joints) - _SHARED
    pad = ((0, unknown), (0, 0))
    return TruePerson(
        name,
        np.pad(seen.pixels, pad, constant_values=np.nan),
        np.pad(seen.positions, pad, constant_values=np.nan),
        np.pad(seen.state, (0, unknown), constant_values=LandmarkState.ABSENT),
        seen.box,
        seen.distance,
    )
