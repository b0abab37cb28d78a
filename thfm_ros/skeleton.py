# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The 33 body landmarks: names, bones, mirror pairs, and maps to the skeletons that others use.

The order is BlazePose's (MediaPipe Pose), so an index means the same landmark in both worlds.
"Left" is the person's left, never the image's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NAME = "thfm_body_33"

LANDMARKS = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
COUNT = len(LANDMARKS)
INDEX = {name: index for index, name in enumerate(LANDMARKS)}
HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
"""Their centre is the body's root, which relative positions count from; a list, to index arrays."""


def _mirror_name(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")


MIRROR = tuple(INDEX[_mirror_name(name)] for name in LANDMARKS)
"""``MIRROR[i]`` is what landmark ``i`` becomes when the image is flipped left-right."""

_PARENT_NAMES = {
    "left_hip": None,
    "right_hip": "left_hip",
    "nose": "left_shoulder",
    "left_eye_inner": "nose",
    "left_eye": "left_eye_inner",
    "left_eye_outer": "left_eye",
    "left_ear": "left_eye_outer",
    "mouth_left": "nose",
    "left_shoulder": "left_hip",
    "left_elbow": "left_shoulder",
    "left_wrist": "left_elbow",
    "left_pinky": "left_wrist",
    "left_index": "left_wrist",
    "left_thumb": "left_wrist",
    "left_knee": "left_hip",
    "left_ankle": "left_knee",
    "left_heel": "left_ankle",
    "left_foot_index": "left_ankle",
}


def _parent(name: str) -> int:
    if name in _PARENT_NAMES:
        parent = _PARENT_NAMES[name]
    else:
        parent = _PARENT_NAMES[_mirror_name(name)]
        parent = parent if parent == "nose" else _mirror_name(parent)
    return -1 if parent is None else INDEX[parent]


PARENTS = tuple(_parent(name) for name in LANDMARKS)
"""The tree of ``SkeletonInfo.parents``: the next landmark towards the left hip, -1 there."""

BONES = tuple(
    (INDEX[a], INDEX[b])
    for a, b in (
        ("nose", "left_eye_inner"),
        ("left_eye_inner", "left_eye"),
        ("left_eye", "left_eye_outer"),
        ("left_eye_outer", "left_ear"),
        ("nose", "right_eye_inner"),
        ("right_eye_inner", "right_eye"),
        ("right_eye", "right_eye_outer"),
        ("right_eye_outer", "right_ear"),
        ("mouth_left", "mouth_right"),
        ("left_shoulder", "right_shoulder"),
        ("left_shoulder", "left_elbow"),
        ("left_elbow", "left_wrist"),
        ("left_wrist", "left_pinky"),
        ("left_wrist", "left_index"),
        ("left_wrist", "left_thumb"),
        ("left_pinky", "left_index"),
        ("right_shoulder", "right_elbow"),
        ("right_elbow", "right_wrist"),
        ("right_wrist", "right_pinky"),
        ("right_wrist", "right_index"),
        ("right_wrist", "right_thumb"),
        ("right_pinky", "right_index"),
        ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"),
        ("left_hip", "right_hip"),
        ("left_hip", "left_knee"),
        ("right_hip", "right_knee"),
        ("left_knee", "left_ankle"),
        ("right_knee", "right_ankle"),
        ("left_ankle", "left_heel"),
        ("right_ankle", "right_heel"),
        ("left_heel", "left_foot_index"),
        ("right_heel", "right_foot_index"),
        ("left_ankle", "left_foot_index"),
        ("right_ankle", "right_foot_index"),
    )
)
"""MediaPipe's POSE_CONNECTIONS: the pairs of landmarks that are drawn as lines."""


@dataclass(frozen=True)
class LandmarkMap:
    """A linear map from the 33 landmarks to another skeleton.

    ``sources[j]`` lists the landmarks whose mean is joint ``j``. A mean of two is exact for a hip
    or shoulder centre and an approximation for joints that BlazePose lacks (H36M's spine and head).
    """

    name: str
    joints: tuple[str, ...]
    sources: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(self.joints) != len(self.sources):
            raise ValueError(
                f"LandmarkMap {self.name}: {len(self.joints)} joints, {len(self.sources)} sources"
            )
        for joint, source in zip(self.joints, self.sources, strict=True):
            if not source or any(not 0 <= index < COUNT for index in source):
                raise ValueError(
                    f"LandmarkMap {self.name}: sources of {joint} are {source}, "
                    f"allowed are one or more of 0..{COUNT - 1}"
                )

    def matrix(self) -> np.ndarray:
        """Return the map as float64 [J, 33]; every row sums to 1."""
        matrix = np.zeros((len(self.joints), COUNT))
        for row, source in enumerate(self.sources):
            for index in source:
                matrix[row, index] += 1.0 / len(source)
        return matrix

    def apply(self, landmarks: np.ndarray) -> np.ndarray:
        """Map positions [..., 33, D] to [..., J, D]; NaN in any source gives NaN."""
        landmarks = np.asarray(landmarks)
        return np.stack([landmarks[..., list(s), :].mean(-2) for s in self.sources], axis=-2)

    def confidence(self, confidence: np.ndarray) -> np.ndarray:
        """Map confidences [..., 33] to [..., J]: a joint is as sure as its least sure source."""
        confidence = np.asarray(confidence)
        return np.stack([confidence[..., list(s)].min(-1) for s in self.sources], axis=-1)


def _build_map(name: str, joints: dict[str, str]) -> LandmarkMap:
    sources = tuple(tuple(INDEX[part] for part in text.split()) for text in joints.values())
    return LandmarkMap(name, tuple(joints), sources)


_SHOULDERS = "left_shoulder right_shoulder"
_HIPS = "left_hip right_hip"

COCO17 = _build_map(
    "coco17",
    {
        name: name
        for name in (
            "nose",
            "left_eye",
            "right_eye",
            "left_ear",
            "right_ear",
            "left_shoulder",
            "right_shoulder",
            "left_elbow",
            "right_elbow",
            "left_wrist",
            "right_wrist",
            "left_hip",
            "right_hip",
            "left_knee",
            "right_knee",
            "left_ankle",
            "right_ankle",
        )
    },
)

H36M17 = _build_map(
    "h36m17",
    {
        "pelvis": _HIPS,
        "right_hip": "right_hip",
        "right_knee": "right_knee",
        "right_ankle": "right_ankle",
        "left_hip": "left_hip",
        "left_knee": "left_knee",
        "left_ankle": "left_ankle",
        "spine": f"{_HIPS} {_SHOULDERS}",
        "thorax": _SHOULDERS,
        "nose": "nose",
        "head": "left_ear right_ear",
        "left_shoulder": "left_shoulder",
        "left_elbow": "left_elbow",
        "left_wrist": "left_wrist",
        "right_shoulder": "right_shoulder",
        "right_elbow": "right_elbow",
        "right_wrist": "right_wrist",
    },
)

REP155_18 = _build_map(
    "rep155_18",
    {
        "nose": "nose",
        "neck": _SHOULDERS,
        "right_shoulder": "right_shoulder",
        "right_elbow": "right_elbow",
        "right_wrist": "right_wrist",
        "left_shoulder": "left_shoulder",
        "left_elbow": "left_elbow",
        "left_wrist": "left_wrist",
        "right_hip": "right_hip",
        "right_knee": "right_knee",
        "right_ankle": "right_ankle",
        "left_hip": "left_hip",
        "left_knee": "left_knee",
        "left_ankle": "left_ankle",
        "left_eye": "left_eye",
        "right_eye": "right_eye",
        "left_ear": "left_ear",
        "right_ear": "right_ear",
    },
)
"""The 18 points of hri_msgs/Skeleton2D (REP-155), whose neck is the centre of the shoulders."""

REP155_INDEX = tuple(
    next((j for j, source in enumerate(REP155_18.sources) if source == (landmark,)), 255)
    for landmark in range(COUNT)
)
"""For each landmark its index in hri_msgs/Skeleton2D, 255 where that message has no such point."""
