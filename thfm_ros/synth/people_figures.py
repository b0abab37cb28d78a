# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The second generator: scanned and sculpted clothed figures, for tests on bodies never trained on.

The figures stand still and have no landmarks and no dense pose; mask, instances, depth and normals
are exact as everywhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from thfm_ros import skeleton
from thfm_ros.synth.library import Library
from thfm_ros.synth.motion.segments import SEGMENTS, Motion
from thfm_ros.synth.people import PosedPerson
from thfm_ros.synth.person_mesh import DressedPerson
from thfm_ros.synth.render.materials import material
from thfm_ros.synth.rotations import yaw


def load_cast(pack: Path):
    """Return a function that draws figures of an asset pack where scenes want people."""
    figures = load_figures(pack)

    def cast(library: Library, rng: np.random.Generator, times: np.ndarray) -> PosedPerson:
        number = int(rng.integers(len(figures)))
        return stand(figures[number], number, times, rng.uniform(0, 2 * np.pi))

    return cast


def load_figures(pack: Path) -> list[DressedPerson]:
    """Read figures.npz; the outfit of a figure is its name."""
    path = pack / "figures.npz"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: the figures come from Debian's sweethome3d-furniture, "
            f"which `thfm synth assets` fetches where apt-get works"
        )
    with np.load(path) as file:
        names = sorted({key.rsplit("/", 1)[0] for key in file.files})
        if not names:
            raise FileNotFoundError(f"{path} holds no figures")
        return [
            figure(name, *(file[f"{name}/{field}"] for field in ("vertices", "faces", "colours")))
            for name in names
        ]


def figure(name: str, vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray):
    """Return a still mesh (vertices [V, 3], faces [F, 3], linear colours [V, 3]) as a person."""
    count = len(vertices)
    return DressedPerson(
        vertices=vertices.astype(np.float32),
        faces=faces.astype(np.int32),
        weights=np.ones((count, 1), np.float32),
        bones=np.zeros((count, 1), np.int32),
        albedo=np.clip(colours.astype(np.float32), 0.005, 0.95),
        pattern=vertices.astype(np.float32),
        canonical=np.zeros((count, 3), np.float32),
        occlusion=np.ones(count, np.float32),
        material=np.zeros(len(faces), np.int32),
        axis=np.zeros(len(faces), np.int8),
        part=np.zeros(len(faces), np.uint8),
        materials=material(gloss=0.05)[None],
        outfit=name,
        hair="figure",
    )


def stand(dressed: DressedPerson, number: int, times: np.ndarray, heading: float) -> PosedPerson:
    """Stand a figure at the origin, turned by `heading` radians, for N instants."""
    points = dressed.vertices @ yaw(heading).T.astype(np.float32)
    # Points of the surface stand in for landmarks where scenes keep their distance.
    spread = np.linspace(0, len(points) - 1, skeleton.COUNT).astype(int)
    frames = len(times)
    motion = Motion(
        dressed.outfit,
        times,
        np.tile(np.eye(3), (frames, len(SEGMENTS), 1, 1)),
        np.zeros((frames, 3)),
        source="figures",
    )
    return PosedPerson(
        dressed,
        number,
        motion,
        np.tile(points, (frames, 1, 1)).astype(np.float32),
        np.tile(points[spread], (frames, 1, 1)).astype(np.float32),
        ((),) * frames,
        None,
        labelled=False,
    )
