# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parametric body: one baked file, and any identity as one matrix product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from thfm_ros.synth.render import raster
from thfm_ros.synth.rig import Rig
from thfm_ros.synth.shells import Shell, make_shell

_WORKING_TYPE = {
    np.dtype(np.float16): np.float32,
    np.dtype(np.uint8): np.int32,
    np.dtype(np.uint16): np.int32,
}
"""What the small types in the file become: numba and arithmetic want these."""
SHELLS = ("tights", "skirt", "hair")


@dataclass(frozen=True)
class Identity:
    """One person's rest shape: vertices float32 [V, 3], bone heads float64 [J, 3], metres."""

    number: int
    vertices: np.ndarray
    heads: np.ndarray
    phenotype: dict[str, float]


class Body:
    """All arrays of body.npz; attributes are the file's names (see assets/body_regions.py)."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        for name, array in arrays.items():
            setattr(self, name, array.astype(_WORKING_TYPE.get(array.dtype, array.dtype)))
        self.ranges = {
            name[6:]: slice(*(int(v) for v in arrays[name]))
            for name in arrays
            if name.startswith("range_")
        }
        self.weights = self.weights / self.weights.sum(1, keepdims=True)
        self.directions = self.directions.reshape(len(self.directions), -1)
        self.heads_directions = self.heads_directions.reshape(len(self.heads_directions), -1)
        self.rig = Rig([str(name) for name in self.bone_names], self.bone_parents)

    @property
    def identity_count(self) -> int:
        """How many sampled identities the bank holds."""
        return len(self.bank)

    def identity(self, number: int) -> Identity:
        """Return the rest shape of identity `number` of the bank."""
        if not 0 <= number < len(self.bank):
            raise ValueError(f"identity is {number}, allowed is 0..{len(self.bank) - 1}")
        coordinates = self.bank[number]
        vertices = self.mean + (coordinates @ self.directions).reshape(-1, 3)
        heads = self.heads_mean + (coordinates @ self.heads_directions).reshape(-1, 3)
        names = (str(name) for name in self.phenotype_names)
        phenotype = {n: float(v) for n, v in zip(names, self.phenotypes[number], strict=True)}
        return Identity(number, vertices.astype(np.float32), heads.astype(np.float64), phenotype)

    @cached_property
    def skin_faces(self) -> np.ndarray:
        """Triangles of the bare body."""
        return self.faces[(self.faces < self.ranges["body"].stop).all(1)]

    @cached_property
    def eye_faces(self) -> np.ndarray:
        """Triangles of both eyeballs."""
        first, last = self.ranges["left_eye"].start, self.ranges["right_eye"].stop
        return self.faces[((self.faces >= first) & (self.faces < last)).all(1)]

    @cached_property
    def shell_faces(self) -> dict[str, np.ndarray]:
        """Triangles of each clothing shell, those that reach other geometry left out."""
        shells = {}
        for name in SHELLS:
            faces, span = getattr(self, f"faces_{name}"), self.ranges[name]
            shells[name] = faces[((faces >= span.start) & (faces < span.stop)).all(1)]
        return shells

    @cached_property
    def shells(self) -> dict[str, Shell]:
        """The clothing shells, refined."""
        names = ("weights", "bones", "pattern", "canonical", "occlusion", "part", "region", "along")
        shells = {}
        for name in SHELLS:
            span = self.ranges[name]
            attributes = {field: getattr(self, field)[span] for field in names}
            floor = [0, 0, self.template[:, 2].min()]
            attributes["place"] = self.template[span] - floor
            # Cloth bridges the creases whose shade was baked for skin.
            attributes["occlusion"] = 0.55 + 0.45 * attributes["occlusion"]
            faces = self.shell_faces[name] - span.start
            shells[name] = make_shell(faces, attributes, len(self.bone_names))
        return shells

    @cached_property
    def tights_edges(self) -> np.ndarray:
        """Edges [E, 2] of the tights shell, numbered from the shell's first vertex."""
        faces = self.shell_faces["tights"] - self.ranges["tights"].start
        return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])

    def landmarks(self, rest: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        """Return world landmarks float32 [T, 33, 3] of a rest shape under skinning [T, J, 3, 4]."""
        used, place = np.unique(self.landmark_vertices, return_inverse=True)
        place = place.reshape(self.landmark_vertices.shape)
        rest, weights, bones = rest[used], self.weights[used], self.bones[used]
        posed = np.empty_like(rest)
        landmarks = np.empty((len(matrices), *self.landmark_vertices.shape[:1], 3), np.float32)
        for frame, matrix in enumerate(matrices):
            raster.skin(rest, weights, bones, matrix, posed)
            landmarks[frame] = (posed[place] * self.landmark_weights[..., None]).sum(1)
        return landmarks


@lru_cache(maxsize=4)
def load_body(path: Path) -> Body:
    """Read body.npz once per process."""
    with np.load(path) as file:
        return Body({name: file[name] for name in file.files})
