# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What one inference says about one camera frame."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from thfm_ros import skeleton


class LandmarkState(IntEnum):
    """Whether a landmark was seen; the values are those of Person2D.msg and Person3D.msg."""

    ABSENT = 0
    VISIBLE = 1
    OCCLUDED = 2
    OUT_OF_VIEW = 3


IN_IMAGE = (LandmarkState.VISIBLE, LandmarkState.OCCLUDED)
"""States of landmarks that lie inside the image, in sight or behind something."""


class TrackState(IntEnum):
    """Where a person stands in its track; the values are those of Person2D.msg and Person3D.msg."""

    NEW = 0
    TRACKED = 1
    PREDICTED = 2
    LOST = 3


@dataclass(frozen=True)
class Person:
    """One person in one frame.

    score:      person confidence, 0..1
    pixels:     float32 [33, 2], pixels of the source image (centres at integers); NaN = no estimate
    relative:   float32 [33, 3], metres from the centre of the hips, along the optical axes
    metric:     float32 [33, 3], metres in the camera's optical frame, or None where it is unknown
    sigma:      float32 [33], metres, one standard deviation of `metric`, or None
    root:       float64 [3], metres, the centre of the hips in the optical frame, or None
    root_covariance: float64 [3, 3], square metres, of `root`, or None
    velocity:   float64 [3], metres per second, of the root, or None
    confidence: float32 [33], 0..1
    state:      uint8 [33], LandmarkState
    box:        x, y, width, height in pixels of the source image, inside the image
    metres_per_pixel: how wide a pixel of the source image is at the person's median depth, as the
                network tells it, or None
    id:         stable while the person is tracked, "" when untracked
    """

    score: float
    pixels: np.ndarray
    relative: np.ndarray
    confidence: np.ndarray
    state: np.ndarray
    box: tuple[int, int, int, int]
    metres_per_pixel: float | None = None
    metric: np.ndarray | None = None
    sigma: np.ndarray | None = None
    root: np.ndarray | None = None
    root_covariance: np.ndarray | None = None
    velocity: np.ndarray | None = None
    id: str = ""
    track_state: TrackState = TrackState.NEW

    def __post_init__(self) -> None:
        shapes = {
            "pixels": (skeleton.COUNT, 2),
            "relative": (skeleton.COUNT, 3),
            "confidence": (skeleton.COUNT,),
            "state": (skeleton.COUNT,),
        }
        for name, shape in shapes.items():
            found = getattr(self, name).shape
            if found != shape:
                raise ValueError(f"Person.{name} has shape {found}, allowed is {shape}")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"Person.score is {self.score}, allowed is 0..1")

    @property
    def present(self) -> bool:
        """Whether the person is still followed, seen or hidden."""
        return self.track_state != TrackState.LOST

    @property
    def seen(self) -> bool:
        """Whether the person was found in the frame itself, neither hidden nor gone."""
        return self.track_state in (TrackState.NEW, TrackState.TRACKED)


@dataclass(frozen=True)
class MetricDepth:
    """How relative depth became metres: ``metres = decode(relative) * scale + shift``.

    residual: metres, RMS over the anchors, NaN without anchors
    source:   "none", "keypoints", "sensor" or "parameter"
    """

    scale: float
    shift: float
    residual: float
    anchors: int
    source: str


@dataclass(frozen=True)
class InferenceTimes:
    """Milliseconds that one window took, by stage, on the host's monotonic clock.

    publish: of its skeletons, before its maps
    """

    queue: float = 0.0
    preprocess: float = 0.0
    inference: float = 0.0
    postprocess: float = 0.0
    publish: float = 0.0


@dataclass(frozen=True)
class Perception:
    """Everything about one frame, in the source image's size.

    stamp_ns, frame_id: copied from the frame it describes
    window:         stamps of the first and the last frame of the window
    frames_padded:  how many of the window's frames repeat another one
    maps:           of each dense task that ran, float32 [H, W] or [H, W, 3]; thfm_ros/tasks says in
                    which unit. Depth is relative, 0 (near) .. 1 (far), not metres
    depth:          float32 [H, W], metres along z, NaN where unknown; None when no metres are known
    instances:      uint8 [H, W], whose pixel it is: 1 + index into `people`, 0 = nobody's,
                    255 = of a person without a skeleton
    people:         empty = looked and saw nobody, if `tasks` has skeletons
    not_looked_at:  how many more are there: pieces of the mask without a skeleton, and who is one
                    too many to be followed
    others_m:       metres along z to the nearest piece of the mask that is no measured person's;
                    inf = there is none, NaN = not known
    tasks:          what ran; put_off: what the schedule left out of this window
    blind:          why the picture, or the model, can show nobody; "" = it can
    not_finite:     how many of the network's numbers were NaN or infinite
    Fields of tasks that did not run are None.
    """

    stamp_ns: int
    frame_id: str
    size: tuple[int, int]
    window: tuple[int, int]
    frames_padded: int
    people: tuple[Person, ...] = ()
    maps: Mapping[str, np.ndarray] = field(default_factory=dict)
    depth: np.ndarray | None = None
    instances: np.ndarray | None = None
    metric: MetricDepth | None = None
    not_looked_at: int = 0
    others_m: float = math.inf
    tasks: tuple[str, ...] = ()
    put_off: tuple[str, ...] = ()
    blind: str = ""
    not_finite: int = 0
    times: InferenceTimes = InferenceTimes()
    backend: str = ""

    @property
    def depth_relative(self) -> np.ndarray | None:
        """Depth as it is painted: over the people's median, through a curve that weights choose."""
        return self.maps.get("depth")

    @property
    def normals(self) -> np.ndarray | None:
        """Unit vectors [H, W, 3] in the optical frame, NaN off people."""
        return self.maps.get("normals")

    @property
    def mask(self) -> np.ndarray | None:
        """Soft matte [H, W] of all people, 0..1."""
        return self.maps.get("mask")

    @property
    def dense_pose(self) -> np.ndarray | None:
        """Canonical body coordinates [H, W, 3], 0..1, NaN off people."""
        return self.maps.get("dense_pose")
