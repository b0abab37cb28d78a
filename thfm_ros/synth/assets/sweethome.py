# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Read Sweet Home 3D's furniture libraries (.sh3f): a catalogue of OBJ models with pictures."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

GREY = np.array([0.6, 0.6, 0.6])


@dataclass
class Paint:
    """A material of an OBJ: one linear colour, and a picture uint8 [h, w, 3] RGB or None."""

    colour: np.ndarray
    picture: np.ndarray | None = None

    def at(self, uv: np.ndarray) -> np.ndarray:
        """Return linear colours [N, 3] at texture coordinates [N, 2]."""
        if self.picture is None:
            return np.tile(self.colour, (len(uv), 1))
        height, width = self.picture.shape[:2]
        column = np.clip(uv[:, 0] % 1 * width, 0, width - 1).astype(int)
        row = np.clip((1 - uv[:, 1] % 1) * height, 0, height - 1).astype(int)
        return (self.picture[row, column] / 255.0) ** 2.2

    def mean(self) -> np.ndarray:
        """Return the one linear colour that stands for the material."""
        if self.picture is None:
            return self.colour
        return (self.picture.reshape(-1, 3).mean(0) / 255) ** 2.2


@dataclass(frozen=True)
class Model:
    """Triangles of an OBJ scaled to metres, z up, standing on z = 0.

    vertices: [V, 3]; faces: [F, 3]; uv: [F, 3, 2]; paint: [F] into paints
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    paint: np.ndarray
    paints: list[Paint]


def open_library(root: Path, name: str) -> zipfile.ZipFile:
    """Open one of the libraries of the Debian package sweethome3d-furniture."""
    return zipfile.ZipFile(root / "sweethome3d/furniture" / f"{name}.sh3f")


def catalogue(archive: zipfile.ZipFile) -> Iterator[tuple[str, np.ndarray]]:
    """Yield model path and size (width, depth, height; metres) of a library's entries."""
    text = archive.read("PluginFurnitureCatalog.properties").decode("latin1").replace("\\\n", "")
    entries: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        match = re.match(r"(\w+)#(\d+)\s*=\s*(.*)", line.strip())
        if match:
            entries.setdefault(match[2], {})[match[1]] = match[3]
    names = set(archive.namelist())
    for entry in entries.values():
        model = entry.get("model", "").lstrip("/")
        if model in names and all(side in entry for side in ("width", "depth", "height")):
            size = [float(entry[side]) / 100 for side in ("width", "depth", "height")]
            yield model, np.array(size)


def read_model(archive: zipfile.ZipFile, path: str, size: np.ndarray) -> Model:
    """Read one OBJ of a library and scale it to `size` metres."""
    vertices, coordinates, faces, uv, paint = [], [[0.0, 0.0]], [], [], []
    paints, numbers, current = [Paint(GREY)], {}, 0
    for line in archive.read(path).decode("latin1").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            vertices.append([float(x) for x in words[1:4]])
        elif words[0] == "vt":
            coordinates.append([float(x) for x in words[1:3]])
        elif words[0] == "f":
            corners = [_corner(word, len(vertices), len(coordinates)) for word in words[1:]]
            for k in range(1, len(corners) - 1):
                triangle = corners[0], corners[k], corners[k + 1]
                faces.append([corner[0] for corner in triangle])
                uv.append([corner[1] for corner in triangle])
                paint.append(current)
        elif words[0] == "usemtl":
            current = numbers.get(" ".join(words[1:]), 0)
        elif words[0] == "mtllib":
            for name, found in _read_paints(archive, path, " ".join(words[1:])).items():
                numbers[name] = len(paints)
                paints.append(found)
    placed = _fit(np.array(vertices).reshape(-1, 3), size)
    triangles = np.array(faces, int).reshape(-1, 3)
    texture = np.array(coordinates)[np.array(uv, int).reshape(-1, 3)]
    return Model(Path(path).stem, placed, triangles, texture, np.array(paint, int), paints)


def _corner(word: str, vertices: int, coordinates: int) -> tuple[int, int]:
    """Return vertex and texture index of an OBJ corner; texture 0 is a stand-in for none."""
    fields = word.split("/")
    vertex = int(fields[0])
    texture = int(fields[1]) if len(fields) > 1 and fields[1] else 0
    return (
        vertex - 1 if vertex > 0 else vertices + vertex,
        texture if texture >= 0 else coordinates + texture,
    )


def _fit(vertices: np.ndarray, size: np.ndarray) -> np.ndarray:
    vertices = vertices[:, [0, 2, 1]] * np.array([1, -1, 1])
    low, high = vertices.min(0), vertices.max(0)
    vertices = (vertices - (low + high) / 2) / (high - low).clip(1e-4) * size
    return vertices + np.array([0, 0, size[2] / 2])


def _read_paints(archive: zipfile.ZipFile, model: str, library: str) -> dict[str, Paint]:
    folder = posixpath.dirname(model)
    names = set(archive.namelist())
    paints: dict[str, Paint] = {}
    current = ""
    if f"{folder}/{library}" not in names:
        return paints
    for line in archive.read(f"{folder}/{library}").decode("latin1").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "newmtl":
            current = " ".join(words[1:])
            paints[current] = Paint(GREY)
        elif words[0] == "Kd":
            paints[current].colour = np.array([float(x) for x in words[1:4]])
        elif words[0] == "map_Kd" and f"{folder}/{words[-1]}" in names:
            data = np.frombuffer(archive.read(f"{folder}/{words[-1]}"), np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
            paints[current].picture = None if picture is None else picture[..., ::-1]
    return paints
