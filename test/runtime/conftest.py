# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A standing body whose every landmark is known, put in front of a camera."""

import cv2
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.camera import Intrinsics
from thfm_ros.perception import LandmarkState, Person
from thfm_ros.runtime.scene.people import landmark_box

CAMERA = Intrinsics(600.0, 605.0, 320.0, 236.0, 640, 480)
_RIGHT_SIDE = {
    "eye_inner": (0.02, -0.66, -0.08),
    "eye": (0.03, -0.66, -0.08),
    "eye_outer": (0.05, -0.66, -0.07),
    "ear": (0.08, -0.64, 0.0),
    "mouth": (0.02, -0.58, -0.09),
    "shoulder": (0.18, -0.48, 0.0),
    "elbow": (0.26, -0.22, 0.03),
    "wrist": (0.28, 0.03, -0.08),
    "pinky": (0.29, 0.1, -0.1),
    "index": (0.27, 0.11, -0.12),
    "thumb": (0.25, 0.07, -0.12),
    "hip": (0.1, 0.0, 0.0),
    "knee": (0.11, 0.42, -0.03),
    "ankle": (0.11, 0.83, 0.05),
    "heel": (0.11, 0.88, 0.09),
    "foot_index": (0.12, 0.88, -0.1),
}


def _standing():
    """Metres from the centre of the hips, optical axes, facing the camera."""
    points = np.zeros((skeleton.COUNT, 3))
    for index, name in enumerate(skeleton.LANDMARKS):
        if name == "nose":
            points[index] = (0.0, -0.62, -0.12)
            continue
        part = name.replace("left_", "").replace("right_", "")
        part = part.replace("_left", "").replace("_right", "")
        x, y, z = _RIGHT_SIDE[part]
        # Who faces the camera has the left side on the image's right.
        points[index] = (x if "left" in name else -x, y, z)
    return points


STANDING = _standing()


@pytest.fixture
def camera():
    return CAMERA


@pytest.fixture
def person_at():
    """Return a function: the person as a perfect (or noisy) network would see it."""

    def person_at(position, camera=CAMERA, noise_px=0.0, noise_m=0.0, seed=0, score=0.9):
        random = np.random.default_rng(seed)
        points = STANDING + np.asarray(position, float)
        pixels = cv2.projectPoints(
            points,
            np.zeros(3),
            np.zeros(3),
            camera.matrix,
            np.array(camera.distortion or [0.0] * 4),
        )[0][:, 0]
        pixels = pixels + random.normal(0, 1, pixels.shape) * noise_px
        relative = STANDING + random.normal(0, 1, STANDING.shape) * noise_m
        inside = ((pixels >= 0) & (pixels < (camera.width, camera.height))).all(-1)
        state = np.where(inside, LandmarkState.VISIBLE, LandmarkState.OUT_OF_VIEW)
        return Person(
            score=score,
            pixels=pixels.astype(np.float32),
            relative=relative.astype(np.float32),
            confidence=np.full(skeleton.COUNT, 0.9, np.float32),
            state=state.astype(np.uint8),
            box=landmark_box(pixels, (camera.width, camera.height)),
        )

    return person_at
