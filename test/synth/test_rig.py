# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np

from thfm_ros import skeleton
from thfm_ros.synth.motion.segments import INDEX, SEGMENTS, Motion
from thfm_ros.synth.rotations import euler


def standing(frames=1):
    rotations = np.tile(np.eye(3), (frames, len(SEGMENTS), 1, 1))
    return Motion("still", np.arange(frames) / 10, rotations, np.tile([0, 0, 1.0], (frames, 1)))


def posed_landmarks(body, motion):
    identity = body.identity(0)
    matrices = body.rig.pose(identity.heads, motion, (0.0, 0.0))
    points = body.landmarks(identity.vertices, matrices)[0]
    return dict(zip(skeleton.LANDMARKS, points, strict=True))


def test_identity_rotations_hang_the_arms_and_straighten_the_legs(body):
    at = posed_landmarks(body, standing())
    for side in ("left", "right"):
        arm = at[f"{side}_wrist"] - at[f"{side}_shoulder"]
        leg = at[f"{side}_ankle"] - at[f"{side}_hip"]
        assert arm[2] / np.linalg.norm(arm) < -0.99
        assert leg[2] / np.linalg.norm(leg) < -0.98


def test_a_raised_forearm_points_forward(body):
    motion = standing()
    motion.rotations[0, INDEX["left_forearm"]] = euler("x", -np.pi / 2)
    motion.rotations[0, INDEX["left_hand"]] = euler("x", -np.pi / 2)
    at = posed_landmarks(body, motion)
    forearm = at["left_wrist"] - at["left_elbow"]
    assert forearm[1] / np.linalg.norm(forearm) < -0.95, "forward is -y"


def test_bones_keep_their_length_in_any_pose(body, rng):
    motion = standing()
    for segment in range(len(SEGMENTS)):
        motion.rotations[0, segment] = euler("xyz", rng.normal(0, 0.4, 3))
    rest, posed = posed_landmarks(body, standing()), posed_landmarks(body, motion)
    for a, b in (("left_hip", "left_knee"), ("right_elbow", "right_wrist")):
        before = np.linalg.norm(rest[a] - rest[b])
        assert abs(np.linalg.norm(posed[a] - posed[b]) - before) < 0.03


def test_curling_moves_fingers_and_leaves_the_wrist(body):
    identity = body.identity(0)
    open_hand = body.rig.pose(identity.heads, standing(), (0.0, 0.0))
    fist = body.rig.pose(identity.heads, standing(), (1.0, 0.0))
    finger, wrist = body.rig.index["finger3-2.R"], body.rig.index["wrist.R"]
    assert not np.allclose(open_hand[0, finger], fist[0, finger])
    assert np.allclose(open_hand[0, wrist], fist[0, wrist])
    assert np.allclose(
        open_hand[0, body.rig.index["finger3-2.L"]], fist[0, body.rig.index["finger3-2.L"]]
    )
