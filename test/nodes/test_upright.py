# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fault F82: which way is up for a camera whose frame is on /tf."""

import math
from importlib.util import find_spec

import numpy as np
import pytest
from geometry_msgs.msg import Quaternion, TransformStamped
from scipy.spatial.transform import Rotation

from thfm_ros.nodes.upright import FrameTree, Upright

OPTICAL = (-0.5, 0.5, -0.5, 0.5)
"""Of an optical frame in its camera_link, which looks along x."""


def transform(parent, child, quaternion):
    x, y, z, w = map(float, quaternion)
    found = TransformStamped(child_frame_id=child)
    found.header.frame_id = parent
    found.transform.rotation = Quaternion(x=x, y=y, z=z, w=w)
    return found


def roll(degrees):
    return Rotation.from_euler("x", degrees, degrees=True).as_quat()


@pytest.fixture
def tree():
    tree = FrameTree()
    tree.note([transform("camera_link", "optical", OPTICAL)], fixed=True)
    return tree


@pytest.mark.skipif(find_spec("tf2_msgs") is not None, reason="tf2_msgs is installed")
def test_what_is_not_installed_is_named():
    with pytest.raises(ValueError, match="image_rotation is auto-from-tf, but tf2_msgs is not"):
        Upright(None, print)


@pytest.mark.parametrize("quaternion", [(0, 0, 0, 0), (math.nan, 0, 0, 1), (math.inf, 0, 0, 0)])
def test_a_rotation_that_is_none_is_left_out(tree, quaternion):
    tree.note([transform("base_link", "camera_link", quaternion)], fixed=False)
    assert tree.up("optical")[1] == "camera_link"


def test_a_frame_that_nobody_tells_of(tree):
    assert tree.up("other") is None
    assert tree.up("") is None


def test_a_loop_ends(tree):
    tree.note([transform("optical", "camera_link", (0, 0, 0, 1))], fixed=False)
    assert tree.up("optical") is not None


@pytest.mark.fault("F82")
@pytest.mark.parametrize(
    ("degrees", "up"), [(0, (0, -1, 0)), (90, (-1, 0, 0)), (180, (0, 1, 0)), (-90, (1, 0, 0))]
)
def test_up_is_that_of_the_topmost_frame(tree, degrees, up):
    tree.note([transform("base_link", "/camera_link", roll(degrees))], fixed=True)
    # It faces west and stands still; earth's z is no way up.
    tree.note([transform("odom", "base_link", (0, 0, 1, 0))], fixed=False)
    tree.note([transform("earth", "odom", roll(45))], fixed=True)
    found, frame = tree.up("/optical")
    np.testing.assert_allclose(found, up, atol=1e-9)
    assert frame == "odom"


def test_what_moves_is_followed(tree):
    for degrees in (0, 90):
        tree.note([transform("base_link", "camera_link", roll(degrees))], fixed=False)
    np.testing.assert_allclose(tree.up("optical")[0], (-1, 0, 0), atol=1e-9)


def test_frames_of_people_who_come_and_go_cost_no_memory(tree):
    for index in range(3000):
        moving = [transform("optical", f"body_{index}", (0, 0, 0, 1))]
        moving.append(transform("base_link", "camera_link", roll(90)))
        tree.note(moving, fixed=False)
    assert len(tree._moving) == 1000
    np.testing.assert_allclose(tree.up("optical")[0], (-1, 0, 0), atol=1e-9)
