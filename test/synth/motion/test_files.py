# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest

from thfm_ros.synth.motion.files import MotionFileError, read_motion
from thfm_ros.synth.motion.segments import INDEX

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT LeftUpLeg
  {
    OFFSET 1 0 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    JOINT LeftLeg
    {
      OFFSET 0 -4 0
      CHANNELS 3 Zrotation Yrotation Xrotation
      End Site
      {
        OFFSET 0 -4 0
      }
    }
  }
  JOINT LeftArm
  {
    OFFSET 1 4 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    JOINT LeftForeArm
    {
      OFFSET 3 0 0
      CHANNELS 3 Zrotation Yrotation Xrotation
      End Site
      {
        OFFSET 3 0 0
      }
    }
  }
}
MOTION
Frames: 3
Frame Time: 0.05
"""


def write_bvh(path, rotations="0 0 0 " * 4):
    rows = [f"0 9 0 0 0 0 {rotations}" for _ in range(3)]
    path.write_text(BVH + "\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.bvh", "HIERARCHY\nnonsense"), ("a.txt", "{}"), ("b.txt", '{"Frames": [[1, 2]]}')],
)
def test_broken_files_are_named(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(MotionFileError, match=rf"{name} is no readable motion clip"):
        read_motion(path)


def test_bvh_rest_directions_become_hanging_ones(tmp_path):
    motion = read_motion(write_bvh(tmp_path / "t_pose.bvh"))
    assert len(motion.times) == 2, "frame 0 is skipped"
    down = np.array([0, 0, -1.0])
    arm = motion.rotations[0, INDEX["left_upper_arm"]] @ down
    leg = motion.rotations[0, INDEX["left_thigh"]] @ down
    assert np.allclose(arm, [1, 0, 0], atol=1e-9), "the T-pose's arm points to the person's left"
    assert np.allclose(leg, down, atol=1e-9)


def test_bvh_rotations_turn_our_way(tmp_path):
    turns = "0 0 -90 " + "0 0 0 " * 3
    motion = read_motion(write_bvh(tmp_path / "kick.bvh", turns))
    thigh = motion.rotations[0, INDEX["left_thigh"]] @ [0, 0, -1.0]
    assert np.allclose(thigh, [0, -1, 0], atol=1e-9), "a raised thigh points forward, to -y"


def test_deepmimic_stands_upright_and_bends_its_right_knee(motion_folder):
    motion = read_motion(motion_folder / "bend_a.txt")
    down = np.array([0, 0, -1.0])
    assert np.allclose(motion.rotations[0, INDEX["pelvis"]], np.eye(3), atol=1e-9)
    assert np.allclose(motion.pelvis[0, 2], 1.0)
    shank = motion.rotations[5, INDEX["right_shank"]] @ down
    assert shank[1] > 0.3, "the shank swings to the back, +y"
    assert np.allclose(motion.rotations[5, INDEX["left_shank"]] @ down, down, atol=1e-9)
    assert np.isclose(motion.times[1], 0.1)


def test_json_suffix_is_deepmimic_too(tmp_path, motion_folder):
    copy = tmp_path / "clip.json"
    copy.write_text(json.dumps(json.loads((motion_folder / "bend_a.txt").read_text())))
    assert read_motion(copy).name == "clip"
