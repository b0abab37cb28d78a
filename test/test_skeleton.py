# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros import skeleton
from thfm_ros.skeleton import COCO17, H36M17, INDEX, REP155_18


def test_map_with_unknown_landmark_is_refused():
    with pytest.raises(ValueError, match=r"sources of tail are \(33,\)"):
        skeleton.LandmarkMap("cat", ("tail",), ((33,),))


def test_33_distinct_landmarks_in_blazepose_order():
    assert len(set(skeleton.LANDMARKS)) == skeleton.COUNT == 33
    assert [INDEX[n] for n in ("nose", "left_shoulder", "left_hip", "right_foot_index")] == [
        0, 11, 23, 32,
    ]  # fmt: skip


def test_mirroring_twice_is_identity():
    mirror = np.array(skeleton.MIRROR)
    assert (mirror[mirror] == np.arange(33)).all()
    assert mirror[INDEX["nose"]] == INDEX["nose"]
    assert mirror[INDEX["mouth_left"]] == INDEX["mouth_right"]


def test_parents_form_one_tree():
    roots = [i for i, parent in enumerate(skeleton.PARENTS) if parent < 0]
    assert roots == [INDEX["left_hip"]]
    for landmark in range(skeleton.COUNT):
        steps = 0
        while landmark >= 0:
            landmark, steps = skeleton.PARENTS[landmark], steps + 1
            assert steps <= skeleton.COUNT


def test_bones_are_symmetric():
    bones = {frozenset(bone) for bone in skeleton.BONES}
    assert {frozenset(skeleton.MIRROR[i] for i in bone) for bone in bones} == bones


@pytest.mark.parametrize(("landmark_map", "count"), [(COCO17, 17), (H36M17, 17), (REP155_18, 18)])
def test_maps_are_means_of_landmarks(landmark_map, count):
    matrix = landmark_map.matrix()
    assert matrix.shape == (count, 33)
    assert np.allclose(matrix.sum(1), 1)
    points = np.random.default_rng(0).normal(size=(4, 33, 3))
    assert np.allclose(landmark_map.apply(points), matrix @ points)


def test_coco_order():
    assert [COCO17.sources[i] for i in (0, 1, 2, 5, 16)] == [(0,), (2,), (5,), (11,), (28,)]


def test_rep155_neck_is_the_centre_of_the_shoulders():
    assert REP155_18.sources[1] == (11, 12)
    assert skeleton.REP155_INDEX[INDEX["left_wrist"]] == 7
    assert skeleton.REP155_INDEX[INDEX["left_heel"]] == 255


def test_a_joint_is_as_sure_as_its_least_sure_source():
    confidence = np.ones(33)
    confidence[INDEX["left_shoulder"]] = 0.25
    assert REP155_18.confidence(confidence)[1] == 0.25
