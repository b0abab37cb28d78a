# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.motion.procedural import ACTIVITIES, ARM_POSES, make_motion
from thfm_ros.synth.motion.segments import INDEX

TIMES = np.arange(20) / 10


def test_an_unknown_activity_is_an_error(rng):
    with pytest.raises(KeyError, match="fly"):
        make_motion(rng, TIMES, "fly")


@pytest.mark.parametrize("name", ACTIVITIES)
def test_every_activity_is_smooth_and_made_of_rotations(rng, name):
    motion = make_motion(rng, TIMES, name)
    assert motion.name == name
    should_be_one = motion.rotations @ np.swapaxes(motion.rotations, -1, -2)
    assert np.allclose(should_be_one, np.eye(3), atol=1e-9)
    assert np.allclose(np.linalg.det(motion.rotations), 1)
    step = np.swapaxes(motion.rotations[:-1], -1, -2) @ motion.rotations[1:]
    angle = np.degrees(np.arccos(np.clip((np.trace(step, axis1=-2, axis2=-1) - 1) / 2, -1, 1)))
    assert angle.max() < 90, "no segment turns a quarter in a tenth of a second"


def test_sitting_bends_the_hips_and_asks_for_a_seat(rng):
    motion = make_motion(rng, TIMES, "sit")
    thigh_down = motion.rotations[:, INDEX["left_thigh"], 2, 2]
    assert motion.seated
    assert thigh_down.mean() < 0.5


def test_walking_goes_where_the_pelvis_faces(rng):
    motion = make_motion(rng, TIMES, "walk")
    way = motion.pelvis[-1] - motion.pelvis[0]
    facing = motion.rotations[:, INDEX["pelvis"]] @ [0, -1.0, 0]
    assert np.linalg.norm(way) > 0.3
    assert way @ facing.mean(0) > 0


def test_arm_poses_of_activities_exist():
    for activity in ACTIVITIES.values():
        assert set(activity.arms) <= {*ARM_POSES, "swing"}


def test_a_single_instant_works(rng):
    for name in ACTIVITIES:
        assert make_motion(rng, np.zeros(1), name).rotations.shape == (1, 15, 3, 3)


@pytest.fixture
def rng():
    return np.random.default_rng(3)
