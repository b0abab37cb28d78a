# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bake furniture and things from Sweet Home 3D's libraries: metres, z up, standing on z = 0."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.synth.assets.bake_tiles import PERSON_LIKE
from thfm_ros.synth.assets.sources import Found

LIBRARIES = ("BlendSwap-CC-0", "KatorLegaz")
SIZE_M = (0.08, 2.6)
TRIANGLES = (12, 4000)
GREY = np.array([0.6, 0.6, 0.6])


def bake_objects(found: dict[str, Found], out: Path) -> dict:
    """Write objects.npz: per object vertices float16, faces uint16 and linear colours a face."""
    arrays = {}
    if "sweethome3d-furniture" in found:
        folder = found["sweethome3d-furniture"].root / "sweethome3d/furniture"
        for library in LIBRARIES:
            with zipfile.ZipFile(folder / f"{library}.sh3f") as archive:
                for name, size in catalogue(archive):
                    mesh = _read_object(archive, name, size)
                    if mesh is not None:
                        key = f"{library}-{Path(name).stem}"
                        for field, array in zip(
                            ("vertices", "faces", "colours"), mesh, strict=True
                        ):
                            arrays[f"{key}/{field}"] = array
    np.savez_compressed(out, **arrays)
    return {"objects": len(arrays) // 3}


def catalogue(archive: zipfile.ZipFile):
    """Yield model path and size (width, depth, height; metres) of a .sh3f library's entries."""
    text = archive.read("PluginFurnitureCatalog.properties").decode("latin1").replace("\\\n", "")
    entries: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        match = re.match(r"(\w+)#(\d+)\s*=\s*(.*)", line.strip())
        if match:
            entries.setdefault(match[2], {})[match[1]] = match[3]
    names = set(archive.namelist())
    for entry in entries.values():
        model = entry.get("model", "").lstrip("/")
        if model in names and all(k in entry for k in ("width", "depth", "height")):
            yield model, np.array([float(entry[k]) / 100 for k in ("width", "depth", "height")])


def fit_to_size(vertices: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Turn OBJ axes (y up) into ours and scale to `size` metres, standing on z = 0."""
    vertices = vertices[:, [0, 2, 1]] * [1, -1, 1]
    low, high = vertices.min(0), vertices.max(0)
    vertices = (vertices - (low + high) / 2) / (high - low).clip(1e-4) * size
    return vertices + np.array([0, 0, size[2] / 2])


def _read_object(archive: zipfile.ZipFile, name: str, size: np.ndarray):
    if PERSON_LIKE.search(name) or size.max() > SIZE_M[1] or size.max() < SIZE_M[0]:
        return None
    vertices, faces, colours = [], [], []
    materials, colour = {}, GREY
    for line in archive.read(name).decode("latin1").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            vertices.append([float(x) for x in words[1:4]])
        elif words[0] == "f":
            corners = [int(word.split("/")[0]) for word in words[1:]]
            corners = [c - 1 if c > 0 else len(vertices) + c for c in corners]
            for k in range(1, len(corners) - 1):
                faces.append([corners[0], corners[k], corners[k + 1]])
                colours.append(colour)
        elif words[0] == "usemtl":
            colour = materials.get(" ".join(words[1:]), GREY)
        elif words[0] == "mtllib":
            materials |= _read_colours(archive, posixpath.dirname(name), " ".join(words[1:]))
    if not TRIANGLES[0] <= len(faces) <= TRIANGLES[1]:
        return None
    placed = fit_to_size(np.array(vertices), size)
    return placed.astype(np.float16), np.array(faces, np.uint16), np.array(colours, np.float16)


def _read_colours(archive: zipfile.ZipFile, folder: str, library: str) -> dict[str, np.ndarray]:
    """Return a linear colour a material: its Kd, or the mean of its picture."""
    path = f"{folder}/{library}"
    names = set(archive.namelist())
    colours, current = {}, ""
    if path not in names:
        return colours
    for line in archive.read(path).decode("latin1").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "newmtl":
            current = " ".join(words[1:])
            colours[current] = GREY
        elif words[0] == "Kd":
            colours[current] = np.array([float(x) for x in words[1:4]])
        elif words[0] == "map_Kd" and f"{folder}/{words[-1]}" in names:
            data = np.frombuffer(archive.read(f"{folder}/{words[-1]}"), np.uint8)
            image = cv2.imdecode(data, 1)
            if image is not None:
                colours[current] = (image.reshape(-1, 3).mean(0)[::-1] / 255) ** 2.2
    return colours
