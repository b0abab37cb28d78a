# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from thfm_ros.synth.motion.segments import INDEX, MIRROR, SEGMENTS, Motion, mirror, resample, turned
from thfm_ros.synth.rotations import yaw


def make(frames=5):
    rng = np.random.default_rng(0)
    rotations = Rotation.from_rotvec(rng.normal(0, 0.3, (frames * len(SEGMENTS), 3))).as_matrix()
    return Motion(
        "random",
        np.arange(frames) / 10,
        rotations.reshape(frames, len(SEGMENTS), 3, 3),
        rng.normal(0, 1, (frames, 3)),
    )


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match=r"Motion bad: rotations have shape .* allowed is \(2, 15"):
        Motion("bad", np.zeros(2), np.zeros((2, 3, 3, 3)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"pelvis has shape \(2, 2\)"):
        Motion("bad", np.zeros(2), np.zeros((2, 15, 3, 3)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="0 frames"):
        Motion("bad", np.zeros(0), np.zeros((0, 15, 3, 3)), np.zeros((0, 3)))


def test_resampling_at_the_frames_gives_the_frames():
    motion = make()
    same = resample(motion, motion.times)
    assert np.allclose(same.rotations, motion.rotations, atol=1e-9)
    assert np.allclose(same.pelvis, motion.pelvis)


def test_resampling_between_frames_is_a_rotation_halfway():
    motion = make()
    middle = resample(motion, np.array([0.05])).rotations[0, 3]
    first, second = (Rotation.from_matrix(motion.rotations[k, 3]) for k in (0, 1))
    assert np.isclose(
        (first.inv() * Rotation.from_matrix(middle)).magnitude() * 2,
        (first.inv() * second).magnitude(),
    )


def test_beyond_its_end_a_clip_plays_backwards():
    motion = make()
    beyond = resample(motion, np.array([0.4, 0.5, 0.8, 0.9]))
    assert np.allclose(beyond.pelvis[1], motion.pelvis[3])
    assert np.allclose(beyond.pelvis[2], motion.pelvis[0])
    assert np.allclose(beyond.pelvis[3], motion.pelvis[1])


def test_mirroring_twice_changes_nothing_and_once_swaps_sides():
    motion = make()
    twice = mirror(mirror(motion))
    assert np.allclose(twice.rotations, motion.rotations)
    left, right = INDEX["left_hand"], INDEX["right_hand"]
    assert MIRROR[left] == right
    flip = np.diag([-1.0, 1, 1])
    assert np.allclose(mirror(motion).rotations[:, left], flip @ motion.rotations[:, right] @ flip)


def test_turning_keeps_heights_and_brings_one_frame_to_the_middle():
    motion = make()
    around = turned(motion, yaw(1.0), 2)
    assert np.allclose(around.pelvis[2, :2], 0)
    assert np.allclose(around.pelvis[:, 2], motion.pelvis[:, 2])
