# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Goliath-4: four people in a dome, scanned (Martinez et al. 2024)."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.datasets.files import DatasetError, folders, in_sequence, require
from thfm_ros.evaluation.datasets.mesh import read_ply, view_mesh
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import Truth

CAMERAS, FRAMES = 12, 16
SPLIT = (
    "test frames; 12 cameras and 16 frames a capture, evenly spaced (GenCeption's are not named)"
)
PROTOCOL = "depth and normals of the scan on people, metres; masks of segmentation_fgbg"
_MILLIMETRES = 1e-3


def read(root: Path, options: dict) -> Iterator[Sample]:
    """Yield 12 cameras x 16 frames of every capture.

    Layout: ROOT/CAPTURE/{camera_calibration.json, frame_splits_list.csv, image/camID.zip,
    segmentation_fgbg/camID.zip, scan_mesh/scan_mesh.zip}, as the download script leaves it.
    """
    captures = folders(
        root, "*/camera_calibration.json", "a capture (CAPTURE/camera_calibration.json)"
    )
    return in_sequence(
        (_camera(path.parent, camera) for path in captures for camera in _cameras(path)), 1.0
    )


def _cameras(calibration: Path) -> list[dict]:
    """Return the calibrations of cameras whose images are there, twelve of them at most."""
    entries = json.loads(calibration.read_text())["KRT"]
    images = calibration.parent / "image"
    there = [e for e in entries if (images / f"cam{e['cameraId']}.zip").exists()]
    if not there:
        raise DatasetError(f"images of the calibrated cameras are missing: {images}/cam*.zip")
    return _evenly(sorted(there, key=lambda e: str(e["cameraId"])), CAMERAS)


def _camera(capture: Path, entry: dict) -> Iterator[tuple]:
    name = f"cam{entry['cameraId']}"
    with require(capture / "frame_splits_list.csv", "the list of splits").open() as file:
        frames = [int(row["frame"]) for row in csv.DictReader(file) if row["split"] == "test"]
    scans = require(capture / "scan_mesh" / "scan_mesh.zip", "the scans")
    extrinsics = np.array(entry["T"], np.float64).T[:3, :4]
    with (
        zipfile.ZipFile(capture / "image" / f"{name}.zip") as images,
        zipfile.ZipFile(scans) as meshes,
    ):
        known = set(meshes.namelist())
        for frame in _evenly([f for f in sorted(frames) if f"{f:06d}.ply" in known], FRAMES):
            image = _decode(images, f"{name}/{frame:06d}.avif", cv2.IMREAD_COLOR)[..., ::-1]
            camera = _intrinsics(entry, image.shape[1::-1])
            vertices, faces = read_ply(meshes.read(f"{frame:06d}.ply"), f"{scans}:{frame:06d}.ply")
            placed = (vertices @ extrinsics[:, :3].T + extrinsics[:, 3]) * _MILLIMETRES
            fields = view_mesh(placed, faces, camera)
            masks = capture / "segmentation_fgbg" / f"{name}.zip"
            if masks.exists():
                with zipfile.ZipFile(masks) as archive:
                    mask = _decode(archive, f"{name}/{frame:06d}.png", cv2.IMREAD_GRAYSCALE)
                fields["mask"] = (mask > 0).astype(np.float32)
            yield np.ascontiguousarray(image), camera, Truth(**fields)


def _intrinsics(entry: dict, size: tuple[int, int]) -> Intrinsics:
    """Return K for the published images, which have half the calibrated camera's resolution."""
    k = np.array(entry["K"], np.float64).T
    fx, fy = k[0, 0] / 2, k[1, 1] / 2
    cx, cy = (k[0, 2] + 0.5) / 2 - 0.5, (k[1, 2] + 0.5) / 2 - 0.5
    return Intrinsics(fx, fy, cx, cy, *size)


def _decode(archive: zipfile.ZipFile, name: str, how: int) -> np.ndarray:
    try:
        data = np.frombuffer(archive.read(name), np.uint8)
    except KeyError as error:
        raise DatasetError(f"{name} is missing in {archive.filename}") from error
    image = cv2.imdecode(data, how)
    if image is None:
        raise DatasetError(
            f"{name} of {archive.filename} cannot be decoded (AVIF needs OpenCV 4.11)"
        )
    return image


def _evenly(values: list, most: int) -> list:
    if len(values) <= most:
        return values
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, most)]
