# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from rclpy.serialization import serialize_message
from visualization_msgs.msg import Marker

from thfm_ros import skeleton
from thfm_ros.nodes import markers
from thfm_ros.nodes.markers import people_markers
from thfm_ros.perception import TrackState


@pytest.mark.fault("F49")
def test_every_array_first_deletes_what_was_there(standing, seen):
    for people in ((), (standing(),), (standing(track_state=TrackState.LOST),)):
        array = people_markers(seen(*people))
        assert array.markers[0].action == Marker.DELETEALL
    assert len(array.markers) == 1


def test_a_person_is_joints_bones_and_a_label(standing, seen):
    array = people_markers(seen(standing("aaaaa"), standing("bbbbb")))
    serialize_message(array)
    shown = array.markers[1:]
    assert len({(marker.ns, marker.id) for marker in shown}) == len(shown) == 6
    joints, bones, label = shown[:3]
    assert len(joints.points) == len(joints.colors) == skeleton.COUNT
    assert len(bones.points) == 2 * len(skeleton.BONES)
    assert label.text == "aaaaa 3.0 m"
    assert label.pose.position.y < -0.6
    assert {marker.header.frame_id for marker in shown} == {"optical"}


def test_unknown_joints_are_left_out(standing, seen):
    person = standing()
    person.metric[skeleton.INDEX["left_hip"]] = np.nan
    _, joints, bones, _ = people_markers(seen(person)).markers
    assert len(joints.points) == skeleton.COUNT - 1
    assert len(bones.points) < 2 * len(skeleton.BONES)


def test_without_metres_there_is_nothing_to_show_in_space(standing, seen):
    assert len(people_markers(seen(standing(metric=None))).markers) == 1


def test_a_colour_stays_with_its_id_and_fades_when_hidden(standing, seen):
    def colour(**fields):
        return people_markers(seen(standing(**fields))).markers[2].color

    assert colour(id="aaaaa") == colour(id="aaaaa", root=(1.0, 0.0, 5.0))
    assert colour(id="aaaaa") != colour(id="aaaab")
    assert colour(track_state=TrackState.PREDICTED).a < colour().a


def test_annotations_for_foxglove(standing, seen):
    pytest.importorskip("foxglove_msgs.msg")
    lost = standing("lostt", track_state=TrackState.LOST)
    message = markers.image_annotations(seen(standing("aaaaa"), lost))
    serialize_message(message)
    assert [text.text for text in message.texts] == ["aaaaa 3.0 m"]
    assert len(message.points[0].points) == 2 * len(skeleton.BONES)
