# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""EMDB: people outdoors, from electromagnetic sensors (Kaufmann et al. 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from thfm_ros.evaluation.datasets.files import (
    DatasetError,
    folders,
    in_sequence,
    labelled_person,
    pinhole,
    read_numbers,
    read_rgb,
)
from thfm_ros.evaluation.datasets.smpl import SmplSkeleton, find_model
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import Truth

SPLIT = "sequences marked emdb1 (or emdb2), frames of good_frames_mask"
PROTOCOL = "24 SMPL joints from the posed skeleton, pelvis = mean of the hips; full frame, no boxes"
_FPS = 30.0
_JOINTS = 24


def read_emdb1(root: Path, options: dict) -> Iterator[Sample]:
    """Yield EMDB-1. Layout: ROOT/P*/SEQUENCE/{images/*.jpg, *_data.pkl}; see _read."""
    return _read(root, options, "emdb1")


def read_emdb2(root: Path, options: dict) -> Iterator[Sample]:
    """Yield EMDB-2, the sequences with global trajectories; see _read."""
    return _read(root, options, "emdb2")


def _read(root: Path, options: dict, split: str) -> Iterator[Sample]:
    """options: "body_models", the folder with SMPL_MALE and SMPL_FEMALE, as .npz or .pkl."""
    if not options.get("body_models"):
        raise DatasetError("EMDB stores SMPL parameters: name --body-models, the folder of SMPL")
    files = folders(root, "P*/*/*_data.pkl", "an EMDB sequence (P*/*/*_data.pkl)")
    return in_sequence(_sequences(files, Path(options["body_models"]), split), _FPS)


def _sequences(files: list[Path], models: Path, split: str) -> Iterator[Iterator[tuple]]:
    skeleton = lru_cache(lambda gender: SmplSkeleton(find_model(models, "SMPL", gender)))
    found = False
    for file in files:
        data = read_numbers(file)
        if data.get(split):
            found = True
            yield _frames(file.parent, data, skeleton(str(data["gender"])))
    if not found:
        raise DatasetError(f"no sequence is marked {split} among the {len(files)} found")


def _frames(folder: Path, data: dict, skeleton: SmplSkeleton) -> Iterator[tuple]:
    images = folders(folder, "images/*.jpg", "an image")
    smpl, camera = data["smpl"], data["camera"]
    good = np.asarray(data["good_frames_mask"], bool).ravel()
    if len(images) != len(good):
        raise DatasetError(f"{folder} has {len(images)} images, its annotation {len(good)} frames")
    for index in np.flatnonzero(good):
        image = read_rgb(images[index])
        intrinsics = pinhole(camera["intrinsics"], image.shape[1::-1])
        pose = np.concatenate([smpl["poses_root"][index], smpl["poses_body"][index]])
        world = skeleton.joints(smpl["betas"], pose, smpl["trans"][index])[:_JOINTS]
        extrinsics = np.asarray(camera["extrinsics"][index], np.float64)
        positions = world @ extrinsics[:3, :3].T + extrinsics[:3, 3]
        person = labelled_person(str(data["name"]), positions, intrinsics)
        yield image, intrinsics, Truth(people=(person,), joints="smpl24")
