# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from thfm_ros.synth.parts import REGIONS, part_of_bone, region_of_bone
from thfm_ros.tasks.parts import MIRROR_PARTS, PARTS


def test_every_bone_has_a_part_and_a_region(body):
    for bone in body.bone_names:
        assert part_of_bone(str(bone)) in PARTS[1:]
        assert region_of_bone(str(bone)) in REGIONS


def test_bones_move_what_their_names_say():
    assert part_of_bone("upperarm01.L") == "left_upper_arm"
    assert part_of_bone("toe3-1.R") == "right_foot"
    assert part_of_bone("neck02") == "head"
    assert part_of_bone("spine03") == "torso"
    assert region_of_bone("finger2-1.L") == "hand"


def test_mirroring_parts_twice_changes_nothing():
    assert [MIRROR_PARTS[MIRROR_PARTS[p]] for p in range(len(PARTS))] == list(range(len(PARTS)))
    assert MIRROR_PARTS[PARTS.index("left_hand")] == PARTS.index("right_hand")
