# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A made-up scene with exact truth, as a bag and as perceptions; and a tiny random checkpoint."""

import numpy as np
import pytest
import torch

from thfm_ros.camera import Intrinsics
from thfm_ros.clips.clip import Clip
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm
from thfm_ros.synth.bag import write_bag

SIZE = (96, 64)
FRAMES = 6
CAMERA = Intrinsics(90.0, 90.0, 47.5, 31.5, *SIZE)


MEDIAPIPE = """
import types
import numpy as np

__version__ = "0"
print("chatter on stdout")


class Pose:
    def __init__(self, **options):
        self.seen = 0

    def process(self, image):
        self.seen += 1
        point = types.SimpleNamespace(x=0.5, y=0.25, z=0.1, visibility=0.9)
        points = types.SimpleNamespace(landmark=[point] * 33)
        mask = np.full(image.shape[:2], self.seen / 10, np.float32)
        if image.max() == 0:
            return types.SimpleNamespace(
                pose_landmarks=None, pose_world_landmarks=None, segmentation_mask=None
            )
        return types.SimpleNamespace(
            pose_landmarks=points, pose_world_landmarks=points, segmentation_mask=mask
        )

    def close(self):
        pass


solutions = types.SimpleNamespace(pose=types.SimpleNamespace(Pose=Pose))
"""


def body(seed, centre):
    """33 landmarks within half a metre of a place, metres."""
    return np.random.default_rng(seed).uniform(-0.4, 0.4, (33, 3)) + centre


def make_clip(frames=FRAMES, people=2):
    """Two flat people 2 m and 4 m away who step to the right by 1 cm a frame."""
    width, height = SIZE
    random = np.random.default_rng(7)
    background = random.integers(0, 255, (height, width, 3), np.uint8)
    places = [(-0.5, 0.0, 2.0), (1.0, 0.1, 4.0)][:people]
    points = np.stack(
        [
            [body(i, p) + np.array((0.01 * t, 0, 0)) for i, p in enumerate(places)]
            for t in range(frames)
        ]
    ).reshape(frames, people, 33, 3)
    state = np.ones((frames, people, 33), np.uint8)
    state[:, :, 5] = 2
    instance = np.zeros((frames, height, width), np.uint8)
    if people:
        instance[:, 10:50, 10:40] = 1
    if people > 1:
        instance[:, 20:40, 60:80] = 2
    on = instance > 0
    rows, columns = np.indices((height, width)) / 100
    depth = np.where(on, 2 + rows + columns, 5.0).astype(np.float32)
    normals = np.where(on[..., None], np.float32((0, 0, -1)), 0).astype(np.float32)
    dense_pose = np.where(on[..., None], np.float32((0.5, 0.4, 0.3)), 0).astype(np.float32)
    return Clip(
        rgb=np.repeat(background[None], frames, 0),
        mask=np.where(on, 255, 0).astype(np.uint8),
        instance=instance,
        part=instance,
        depth=depth,
        normals=normals,
        dense_pose=dense_pose,
        landmarks2d=CAMERA.project(points).astype(np.float32),
        landmarks3d=points.astype(np.float32),
        landmark_state=state,
        intrinsics=np.tile(np.float32([CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy]), (frames, 1)),
        times=np.arange(frames) / 10,
        about={},
    )


@pytest.fixture(scope="session")
def clip():
    return make_clip()


@pytest.fixture(scope="session")
def bag(clip, tmp_path_factory):
    path = tmp_path_factory.mktemp("bags") / "scene"
    write_bag(path, clip)
    return path


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    directory = tmp_path_factory.mktemp("tiny")
    save_checkpoint(Thfm(preset("tiny")), directory)
    return directory


@pytest.fixture
def mediapipe_stand_in(tmp_path, monkeypatch):
    """Let processes that are started from here import a mediapipe that finds the same person."""
    (tmp_path / "mediapipe.py").write_text(MEDIAPIPE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
