# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Goliath's reader on a tiny capture in the data set's own layout, which the test writes."""

import json
import zipfile

import cv2
import numpy as np
import pytest

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.datasets.files import DatasetError
from thfm_ros.evaluation.datasets.registry import DATA_SETS

MATRIX = Intrinsics(100.0, 100.0, 31.5, 23.5, 64, 48).matrix
EXTRINSICS = np.hstack([np.eye(3), [[0], [0], [4.0]]])


def ply(corners, faces):
    """A binary PLY with a colour that is of no interest."""
    head = (
        "ply\nformat binary_little_endian 1.0\ncomment a scan\n"
        f"element vertex {len(corners)}\nproperty float x\nproperty float y\nproperty float z\n"
        f"property uchar red\nelement face {len(faces)}\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    points = b"".join(np.float32(c).tobytes() + b"\x07" for c in corners)
    return head.encode() + points + b"".join(b"\x03" + np.int32(f).tobytes() for f in faces)


def write_goliath(root):
    capture = root / "m--person--Body"
    for folder in ("image", "scan_mesh", "segmentation_fgbg"):
        (capture / folder).mkdir(parents=True)
    full = MATRIX.copy()
    full[:2, :2] *= 2
    full[:2, 2] = (full[:2, 2] + 0.5) * 2 - 0.5
    extrinsics = np.vstack([EXTRINSICS, [0, 0, 0, 1]])
    extrinsics[2, 3] = 4000
    krt = {"cameraId": "400", "K": full.T.tolist(), "T": extrinsics.T.tolist()}
    (capture / "camera_calibration.json").write_text(json.dumps({"KRT": [krt]}))
    (capture / "frame_splits_list.csv").write_text("split,frame\ntest,7\ntrain,8\ntest,9\n")
    picture = np.full((48, 64, 3), 120, np.uint8)
    corners = 1000 * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])
    scan = ply(corners, [[0, 1, 2], [0, 2, 3]])
    with zipfile.ZipFile(capture / "image" / "cam400.zip", "w") as archive:
        archive.writestr("cam400/000007.avif", cv2.imencode(".png", picture)[1].tobytes())
    with zipfile.ZipFile(capture / "segmentation_fgbg" / "cam400.zip", "w") as archive:
        archive.writestr("cam400/000007.png", cv2.imencode(".png", picture)[1].tobytes())
    with zipfile.ZipFile(capture / "scan_mesh" / "scan_mesh.zip", "w") as archive:
        archive.writestr("000007.ply", scan)
    return capture


def test_goliath_reads_test_frames_out_of_its_archives(tmp_path):
    capture = write_goliath(tmp_path)
    samples = list(DATA_SETS["goliath"].read(tmp_path, {}))
    assert len(samples) == 1
    truth = samples[0].truth
    assert samples[0].frame.intrinsics.fx == pytest.approx(100)
    assert np.nanmedian(truth.depth) == pytest.approx(4)
    assert truth.mask.all()
    (capture / "image" / "cam400.zip").unlink()
    with pytest.raises(
        DatasetError, match=r"images of the calibrated cameras are missing: .*image"
    ):
        list(DATA_SETS["goliath"].read(tmp_path, {}))
