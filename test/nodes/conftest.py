# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import rclpy

from thfm_ros import skeleton
from thfm_ros.perception import LandmarkState, Perception, Person, TrackState
from thfm_ros.tasks import TASKS


@pytest.fixture
def context():
    """rclpy, initialised for one test."""
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture
def standing():
    """Return a function: a person who stands upright at a place, facing the camera."""

    def standing(id="abcde", root=(0.2, 0.1, 3.0), **fields):
        relative = np.zeros((skeleton.COUNT, 3), np.float32)
        for name, place in {
            "left_hip": (0.1, 0, 0),
            "right_hip": (-0.1, 0, 0),
            "left_shoulder": (0.2, -0.5, 0),
            "right_shoulder": (-0.2, -0.5, 0),
            "nose": (0, -0.7, -0.1),
            "left_ankle": (0.1, 0.8, 0),
        }.items():
            relative[skeleton.INDEX[name]] = place
        metric = relative + np.float32(root)
        values = {
            "score": 0.9,
            "pixels": (metric[:, :2] / metric[:, 2:] * 50 + (32, 24)).astype(np.float32),
            "relative": relative,
            "confidence": np.full(skeleton.COUNT, 0.8, np.float32),
            "state": np.full(skeleton.COUNT, LandmarkState.VISIBLE, np.uint8),
            "box": (20, 10, 20, 30),
            "metric": metric,
            "sigma": np.full(skeleton.COUNT, 0.1, np.float32),
            "root": np.array(root, float),
            "velocity": np.array((0.5, 0.0, -0.5)),
            "id": id,
            "track_state": TrackState.TRACKED,
        }
        return Person(**{**values, **fields})

    return standing


@pytest.fixture
def seen():
    """Return a function: what was perceived in an image of 64x48 pixels."""

    def seen(*people, frame_id="optical", **fields):
        fields = {"tasks": tuple(TASKS), **fields}
        return Perception(10**18, frame_id, (64, 48), (1, 2), 0, people, **fields)

    return seen
