# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Human3.6M, as h36m-fetch unpacks it (Ionescu et al. 2014)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thfm_ros.evaluation.datasets.files import (
    DatasetError,
    folders,
    in_sequence,
    labelled_person,
    read_rgb,
    require,
)
from thfm_ros.evaluation.datasets.fit import fit_pinhole
from thfm_ros.evaluation.joints import LSP14
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import Truth

SUBJECTS, FRONTAL = ("S9", "S11"), 60457274
SPLIT = "subjects 9 and 11; protocol 2: frontal camera 60457274 (HMR's evaluation)"
PROTOCOL = "14 joints, pelvis = mean of the hips; full frame, no boxes; images at h36m-fetch's rate"
_FPS = 10.0
_OURS = (3, 2, 1, 6, 7, 8, 27, 26, 25, 17, 18, 19, 13, 15)
"""Human3.6M's 32 joints in the order of LSP14: right ankle first, head's top last."""


def read(root: Path, options: dict) -> Iterator[Sample]:
    """Yield protocol 2. Layout: ROOT/S9/ACTION/{annot.h5, imageSequence/CAMERA/img_NNNNNN.jpg}."""
    for subject in SUBJECTS:
        require(root / subject, f"subject {subject}")
    files = [f for s in SUBJECTS for f in folders(root / s, "*/annot.h5", "an action's annot.h5")]
    return in_sequence((_frames(file) for file in files), _FPS)


def _frames(file: Path) -> Iterator[tuple]:
    try:
        import h5py
    except ImportError as error:
        raise DatasetError("Human3.6M's annotations are HDF5: pip install h5py") from error
    with h5py.File(file) as annotation:
        frontal = np.asarray(annotation["camera"]) == FRONTAL
        flat = np.asarray(annotation["pose/2d"])[frontal]
        space = np.asarray(annotation["pose/3d"])[frontal] / 1000
        numbers = np.asarray(annotation["frame"])[frontal]
    if not len(numbers):
        raise DatasetError(f"{file} has no frame of camera {FRONTAL}")
    name = f"{file.parents[1].name}/{file.parent.name}"
    order = list(_OURS)
    for number, pixels, positions in zip(numbers, flat, space, strict=True):
        image = read_rgb(file.parent / "imageSequence" / str(FRONTAL) / f"img_{number:06d}.jpg")
        camera = fit_pinhole(positions, pixels, image.shape[1::-1])
        person = labelled_person(name, positions[order], camera)
        yield image, camera, Truth(people=(person,), joints=LSP14.name)
