# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is known to be true about one frame, from a bag's topics or from a data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.evaluation.joints import JOINT_SETS


@dataclass(frozen=True)
class TruePerson:
    """One labelled person, of the J joints of the frame's joint set.

    id:        the same in every frame
    pixels:    float [J, 2], NaN where not labelled
    positions: float [J, 3], metres, optical axes, of any origin; NaN where not labelled
    state:     uint8 [J], LandmarkState
    box:       x, y, width, height in pixels of what can be seen; (0, 0, 0, 0) = nothing
    distance:  metres from the camera, NaN = unknown
    """

    id: str
    pixels: np.ndarray
    positions: np.ndarray
    state: np.ndarray
    box: tuple[int, int, int, int]
    distance: float = float("nan")

    @property
    def size(self) -> float:
        """The longer edge of the box, pixels."""
        return float(max(self.box[2:]))


@dataclass(frozen=True)
class Truth:
    """Ground truth of one frame; a field that is not known is None.

    depth:      float [H, W], metres along z, NaN where unknown
    normals:    float [H, W, 3], unit vectors in the optical frame, NaN where unknown
    mask:       float [H, W], matte of all people, 0..1
    dense_pose: float [H, W, 3], canonical body coordinates 0..1, NaN off people
    people:     everybody who is labelled; () = nobody is there
    joints:     which joints people have, a key of JOINT_SETS
    """

    depth: np.ndarray | None = None
    normals: np.ndarray | None = None
    mask: np.ndarray | None = None
    dense_pose: np.ndarray | None = None
    people: tuple[TruePerson, ...] | None = None
    joints: str = skeleton.NAME

    def __post_init__(self) -> None:
        if self.joints not in JOINT_SETS:
            raise ValueError(
                f"Truth.joints is {self.joints!r}, allowed is one of {list(JOINT_SETS)}"
            )

    @property
    def known(self) -> tuple[str, ...]:
        """The names of the fields that are known."""
        names = ("depth", "normals", "mask", "dense_pose", "people")
        return tuple(name for name in names if getattr(self, name) is not None)


NOTHING_KNOWN = Truth()
