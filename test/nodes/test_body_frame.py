# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation
from std_msgs.msg import Header

from thfm_ros import skeleton
from thfm_ros.nodes.body_frame import body_transform


def axes(transform):
    q = transform.transform.rotation
    return Rotation.from_quat((q.x, q.y, q.z, q.w)).as_matrix()


def test_a_person_of_unknown_place_or_pose_has_no_frame(standing):
    assert body_transform(Header(), replace(standing(), root=None)) is None
    person = standing()
    person.relative[skeleton.INDEX["left_hip"]] = np.nan
    assert body_transform(Header(), person) is None
    person.relative[:] = 0.0
    assert body_transform(Header(), person) is None


def test_who_faces_the_camera_looks_at_it_with_z_up(standing):
    transform = body_transform(Header(frame_id="optical"), standing())
    forward, left, up = axes(transform).T
    np.testing.assert_allclose(forward, (0, 0, -1), atol=1e-6)
    np.testing.assert_allclose(left, (1, 0, 0), atol=1e-6)
    np.testing.assert_allclose(up, (0, -1, 0), atol=1e-6)
    assert transform.child_frame_id == "body_abcde"
    assert transform.header.frame_id == "optical"
    place = transform.transform.translation
    assert (place.x, place.y, place.z) == (0.2, 0.1, 3.0)
