# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Forward kinematics: a motion's fifteen segments drive all bones of the body's rig."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from thfm_ros.synth.motion.segments import DOWN, INDEX, Motion
from thfm_ros.synth.rotations import aligning

_SIDED = {
    "upperleg01": "thigh",
    "lowerleg01": "shank",
    "foot": "foot",
    "upperarm01": "upper_arm",
    "lowerarm01": "forearm",
    "wrist": "hand",
}
_AXES = {
    "thigh": ("upperleg01", "lowerleg01"),
    "shank": ("lowerleg01", "foot"),
    "upper_arm": ("upperarm01", "lowerarm01"),
    "forearm": ("lowerarm01", "wrist"),
    "hand": ("wrist", "finger3-1"),
}
_SIDES = ((".R", "right"), (".L", "left"))
_FOOT_THICKNESS_M = 0.08


class Rig:
    """The bones of the body: which segment drives which bone, and the rest pose's corrections."""

    def __init__(self, names: list[str], parents: np.ndarray) -> None:
        self.names, self.parents = names, parents
        self.index = {name: i for i, name in enumerate(names)}
        self._driver: dict[int, int | str] = {
            self.index["root"]: INDEX["pelvis"],
            self.index["spine03"]: "waist",
            self.index["spine02"]: INDEX["chest"],
            self.index["neck02"]: "neck",
            self.index["head"]: INDEX["head"],
        }
        for suffix, side in _SIDES:
            for bone, segment in _SIDED.items():
                self._driver[self.index[bone + suffix]] = INDEX[f"{side}_{segment}"]
        self._fingers = [
            i for i, name in enumerate(names) if name.startswith("finger") and name[6] != "1"
        ]

    def pose(self, heads: np.ndarray, motion: Motion, curl: tuple[float, float]) -> np.ndarray:
        """Return skinning matrices float32 [T, J, 3, 4] for rest bone heads [J, 3] in metres.

        curl: how far the fingers of the right and the left hand close, radians a joint
        """
        rotations = motion.rotations
        frames, bones = len(rotations), len(self.names)
        hang = self._hanging(heads)
        blends = {
            "waist": _halfway(rotations[:, INDEX["pelvis"]], rotations[:, INDEX["chest"]]),
            "neck": _halfway(rotations[:, INDEX["chest"]], rotations[:, INDEX["head"]]),
        }
        feet = [self.index["foot.L"], self.index["foot.R"]]
        height = heads[0, 2] - heads[feet, 2].mean() + _FOOT_THICKNESS_M
        world = np.empty((frames, bones, 3, 3))
        origin = np.empty((frames, bones, 3))
        closing = self._closing(heads, curl)
        for bone in range(bones):
            parent, driver = self.parents[bone], self._driver.get(bone)
            if driver is None:
                world[:, bone] = world[:, parent]
            elif isinstance(driver, str):
                world[:, bone] = blends[driver]
            else:
                world[:, bone] = rotations[:, driver] @ hang.get(driver, np.eye(3))
            if bone in closing:
                world[:, bone] = world[:, bone] @ closing[bone]
            if parent < 0:
                origin[:, bone] = motion.pelvis * height
            else:
                offset = heads[bone] - heads[parent]
                origin[:, bone] = origin[:, parent] + world[:, parent] @ offset
        shift = origin - np.einsum("tjab,jb->tja", world, heads)
        return np.concatenate([world, shift[..., None]], -1).astype(np.float32)

    def _hanging(self, heads: np.ndarray) -> dict[int, np.ndarray]:
        """Rotations that bring each limb of the A-pose to hang straight down."""
        return {
            INDEX[f"{side}_{segment}"]: aligning(
                heads[self.index[end + suffix]] - heads[self.index[root + suffix]], DOWN
            )
            for suffix, side in _SIDES
            for segment, (root, end) in _AXES.items()
        }

    def _closing(self, heads: np.ndarray, curl: tuple[float, float]) -> dict[int, np.ndarray]:
        fingers = np.array(self._fingers)
        axes = np.cross(heads[fingers] - heads[self.parents[fingers]], [0, -1.0, 0])
        axes /= np.linalg.norm(axes, axis=1, keepdims=True) + 1e-9
        right = np.array([self.names[bone].endswith(".R") for bone in fingers])
        angles = np.where(right, *curl)
        turns = Rotation.from_rotvec(axes * angles[:, None]).as_matrix()
        return dict(zip(self._fingers, turns, strict=True))


def _halfway(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    start, end = Rotation.from_matrix(first), Rotation.from_matrix(second)
    return (start * Rotation.from_rotvec((start.inv() * end).as_rotvec() * 0.5)).as_matrix()
