# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""THuman2.0: 526 scans of clothed people (Yu et al. 2021), photographed by us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.evaluation.datasets.files import folders, in_sequence, read_rgb
from thfm_ros.evaluation.datasets.mesh import draw_mesh, read_obj, read_obj_colours, view_mesh
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.evaluation.truth import Truth

SPLIT = "all scans, three views each: face, upper half, full body (Sapiens: 526 scans, 1,578 views)"
PROTOCOL = "normals and depth of the scan; our own views and grey background, not Sapiens's 4K ones"
SIZE = (768, 1024)
_FOCAL = 1500.0
_VIEWS = {"face": (0.0, 0.2), "upper": (0.0, 0.5), "full": (0.0, 1.05)}
"""Share of the body's height that a view shows, from the top of the head."""
_GREY = 127


def read(root: Path, options: dict) -> Iterator[Sample]:
    """Yield three views per scan. Layout: ROOT/NNNN/{NNNN.obj, material0.jpeg}, y upwards."""
    scans = folders(root, "[0-9]*/*.obj", "a scan (NNNN/NNNN.obj)")
    return in_sequence((([view]) for scan in scans for view in _views(scan)), 1.0)


def _views(scan: Path) -> Iterator[tuple]:
    vertices, faces = read_obj(scan)
    colours = read_obj_colours(scan, read_rgb(scan.parent / "material0.jpeg"))
    # The scans' y is up and they look along +z; the optical frame's y is down.
    upright = vertices * (1, -1, -1)
    top, height = upright[:, 1].min(), np.ptp(upright[:, 1])
    middle = (upright[:, 0].min() + upright[:, 0].max()) / 2
    width, rows = SIZE
    camera = Intrinsics(_FOCAL, _FOCAL, (width - 1) / 2, (rows - 1) / 2, width, rows)
    for begin, end in _VIEWS.values():
        shown = (end - begin) * height
        centre = (middle, top + begin * height + shown / 2, upright[:, 2].mean())
        away = 1.1 * shown * _FOCAL / rows
        placed = upright - centre + (0, 0, away)
        fields = view_mesh(placed, faces, camera)
        image = draw_mesh(placed, faces, colours, camera)
        image[np.isnan(image).any(-1)] = _GREY
        yield np.rint(image).astype(np.uint8), camera, Truth(**fields)
