# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bake Sweet Home 3D's furniture as things, and its clothed figures as the held-out people."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from thfm_ros.synth.assets.bake_tiles import PERSON_LIKE
from thfm_ros.synth.assets.sources import Found
from thfm_ros.synth.assets.sweethome import Model, catalogue, open_library, read_model

LIBRARIES = ("BlendSwap-CC-0", "KatorLegaz")
SIZE_M = (0.08, 2.6)
TRIANGLES = (12, 4000)
FIGURES = {
    "Reallusion": r".",
    "KatorLegaz": r"male-01|female-01",
    "Scopia": r"mannequin",
}
PACKAGE = "sweethome3d-furniture"


def bake_objects(found: dict[str, Found], out: Path) -> dict:
    """Write objects.npz: per object vertices float16, faces uint16 and linear colours a face."""
    arrays = {}
    for library in LIBRARIES if PACKAGE in found else ():
        with open_library(found[PACKAGE].root, library) as archive:
            for path, size in catalogue(archive):
                if PERSON_LIKE.search(path) or not SIZE_M[0] <= size.max() <= SIZE_M[1]:
                    continue
                model = read_model(archive, path, size)
                if TRIANGLES[0] <= len(model.faces) <= TRIANGLES[1]:
                    means = np.stack([paint.mean() for paint in model.paints])
                    key = f"{library}-{model.name}"
                    arrays[f"{key}/vertices"] = model.vertices.astype(np.float16)
                    arrays[f"{key}/faces"] = model.faces.astype(np.uint16)
                    arrays[f"{key}/colours"] = means[model.paint].astype(np.float16)
    np.savez_compressed(out, **arrays)
    return {"objects": len(arrays) // 3}


def bake_figures(found: dict[str, Found], out: Path) -> dict:
    """Write figures.npz: per figure welded vertices, faces, and linear colours a vertex."""
    arrays = {}
    for library, pattern in FIGURES.items() if PACKAGE in found else ():
        with open_library(found[PACKAGE].root, library) as archive:
            for path, size in catalogue(archive):
                if re.search(pattern, path, re.IGNORECASE):
                    model = read_model(archive, path, size)
                    vertices, faces, colours = _weld(model)
                    arrays[f"{library}-{model.name}/vertices"] = vertices
                    arrays[f"{library}-{model.name}/faces"] = faces
                    arrays[f"{library}-{model.name}/colours"] = colours
    np.savez_compressed(out, **arrays)
    return {"figures": len(arrays) // 3}


def _weld(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join vertices at one place, average their colours, drop the back of doubled faces."""
    corner_colours = np.zeros((len(model.faces), 3, 3))
    for number, paint in enumerate(model.paints):
        chosen = model.paint == number
        uv = model.uv[chosen].reshape(-1, 2)
        corner_colours[chosen] = paint.at(uv).reshape(-1, 3, 3)
    _, first, place = np.unique(
        np.round(model.vertices * 2000).astype(int), axis=0, return_index=True, return_inverse=True
    )
    faces = place.ravel()[model.faces]
    total, count = np.zeros((len(first), 3)), np.zeros(len(first))
    np.add.at(total, faces.ravel(), corner_colours.reshape(-1, 3))
    np.add.at(count, faces.ravel(), 1)
    _, kept = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    colours = total / np.maximum(count, 1)[:, None]
    return (
        model.vertices[first].astype(np.float32),
        faces[np.sort(kept)].astype(np.int32),
        colours.astype(np.float16),
    )
