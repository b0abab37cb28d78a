# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import math
from dataclasses import replace

import numpy as np
import pytest
from rclpy.serialization import deserialize_message, serialize_message

from thfm_ros import skeleton
from thfm_ros.msg import Joint
from thfm_ros.nodes import messages
from thfm_ros.nodes.images import array_from_image
from thfm_ros.perception import (
    InferenceTimes,
    LandmarkState,
    MetricDepth,
    Perception,
    Person,
    TrackState,
)
from thfm_ros.tasks import DENSE

STAMP = 1_700_000_000_123_456_789


def person(metric=None, seed=0):
    random = np.random.default_rng(seed)
    return Person(
        score=0.75,
        pixels=random.uniform(0, 60, (33, 2)).astype(np.float32),
        relative=random.normal(size=(33, 3)).astype(np.float32),
        confidence=random.uniform(0, 1, 33).astype(np.float32),
        state=np.full(33, LandmarkState.VISIBLE, np.uint8),
        box=(1, 2, 30, 40),
        metric=metric,
        id="abcde",
        track_state=TrackState.TRACKED,
    )


def perception(**fields):
    return Perception(STAMP, "optical", (64, 48), (STAMP - 5, STAMP), 2, **fields)


def over_the_wire(message):
    return deserialize_message(serialize_message(message), type(message))


@pytest.mark.fault("F48")
@pytest.mark.parametrize("make", [messages.keypoints2d, messages.keypoints3d])
def test_nobody_is_an_empty_list_not_silence(make):
    message = over_the_wire(make(perception()))
    assert list(message.persons) == []
    assert message.skeleton == skeleton.NAME


def test_header_is_the_source_frames():
    header = messages.header_of(perception())
    assert messages.stamp_ns(header.stamp) == STAMP
    assert header.frame_id == "optical"


def test_people_survive_the_round_trip():
    first, second = person(seed=1), person(seed=2)
    first.pixels[3] = np.nan
    first.state[3] = LandmarkState.ABSENT
    shown = perception(people=(first, second))
    flat = over_the_wire(messages.keypoints2d(shown))
    body = over_the_wire(messages.keypoints3d(shown, True))
    for before, after in zip((first, second), messages.people_from(flat, body), strict=True):
        np.testing.assert_array_equal(after.pixels, before.pixels)
        np.testing.assert_array_equal(after.relative, before.relative)
        np.testing.assert_array_equal(after.confidence, before.confidence)
        np.testing.assert_array_equal(after.state, before.state)
        assert (after.box, after.id, after.track_state) == (
            before.box,
            before.id,
            before.track_state,
        )


@pytest.mark.fault("F30")
def test_metres_from_the_camera_are_never_metres_from_the_hips(standing, seen):
    """Issue 27.8: x, y, z meant one or the other, by another field."""
    known = standing(root=(0.2, 0.1, 3.0))
    unknown = replace(standing("bbbbb", metric=None), root=None)
    message = over_the_wire(messages.keypoints3d(seen(known, unknown), True))
    first, second = message.persons
    np.testing.assert_allclose(first.z, known.metric[:, 2])
    np.testing.assert_allclose(first.relative_z, known.relative[:, 2])
    assert (first.root.x, first.root.z) == (0.2, 3.0)
    np.testing.assert_allclose(second.relative_z, unknown.relative[:, 2])
    for values in (second.x, second.y, second.z, second.sigma, second.root_covariance):
        assert len(values) in (9, skeleton.COUNT)
        assert np.isnan(values).all()
    assert math.isnan(second.root.z)


def test_the_covariance_of_the_root_is_told_row_by_row(standing, seen):
    covariance = np.arange(9.0).reshape(3, 3)
    person = standing(root_covariance=covariance)
    (message,) = over_the_wire(messages.keypoints3d(seen(person), True)).persons
    assert list(message.root_covariance) == list(range(9))


def test_joints_have_names():
    names = {name.lower(): index for name, index in skeleton.INDEX.items()}
    assert {n: getattr(Joint, n.upper()) for n in names} == names


def test_who_is_not_looked_at_is_counted_everywhere(seen):
    crowd = seen(not_looked_at=3, others_m=2.0)
    for make in (messages.keypoints2d, messages.nearest_person):
        assert over_the_wire(make(crowd)).not_looked_at == 3
    assert messages.keypoints3d(crowd, True).not_looked_at == 3


def test_metres_come_with_sigma_and_velocity(standing, seen):
    (message,) = over_the_wire(messages.keypoints3d(seen(standing()), True)).persons
    assert list(message.sigma) == pytest.approx([0.1] * 33)
    assert (message.velocity.x, message.velocity.z) == (0.5, -0.5)
    (relative,) = messages.keypoints3d(seen(standing(metric=None, velocity=None)), True).persons
    assert np.isnan(relative.sigma).all()
    assert math.isnan(relative.velocity.x)


def test_the_nearest_person(standing, seen):
    far, near = standing("aaaaa", root=(0, 0, 5.0)), standing("bbbbb", root=(0, 0, 2.0))
    message = over_the_wire(messages.nearest_person(seen(far, near)))
    assert (message.id, message.count) == ("bbbbb", 2)
    assert message.landmark in skeleton.LANDMARKS
    assert message.distance == message.position.z == 2.0
    nobody = over_the_wire(messages.nearest_person(seen()))
    assert (nobody.distance, nobody.id, nobody.count) == (math.inf, "", 0)
    assert nobody.state == messages.NearestPerson.NOBODY
    unknown = over_the_wire(messages.nearest_person(seen(standing(metric=None))))
    assert math.isnan(unknown.distance)
    assert unknown.state == messages.NearestPerson.UNKNOWN
    assert "1 of 1 people have no place in metres" in unknown.reason


def test_a_message_that_nobody_filled_in_claims_nothing():
    assert messages.NearestPerson().state == messages.NearestPerson.UNKNOWN
    assert math.isnan(messages.nearest_unknown(messages.Header(), "no images").distance)


def test_instances_are_labels():
    labels = np.arange(48 * 64, dtype=np.uint8).reshape(48, 64)
    message = messages.instances_image(perception(instances=labels))
    assert message.encoding == "mono8"
    np.testing.assert_array_equal(array_from_image(message), labels)


def test_maps_keep_nan_and_type():
    normals = np.full((48, 64, 3), np.nan, np.float32)
    normals[5, 6] = (0, 0, -1)
    message = over_the_wire(
        messages.map_image(perception(maps={"normals": normals}), DENSE["normals"])
    )
    assert (message.encoding, message.width, message.height) == ("32FC3", 64, 48)
    np.testing.assert_array_equal(array_from_image(message), normals)


def test_mask_is_rounded_and_cut_to_bytes():
    matte = np.array([[-0.1, 0.0, 0.5, 1.0, 1.1]], np.float32)
    message = messages.map_image(perception(maps={"mask": matte}), DENSE["mask"])
    assert array_from_image(message).tolist() == [[0, 0, 128, 255, 255]]


def test_depth_info_without_metres():
    info = over_the_wire(messages.depth_info(perception()))
    assert info.kind == messages.DepthInfo.AFFINE_INVARIANT
    assert info.source == messages.DepthInfo.NONE
    assert math.isnan(info.scale)
    assert math.isnan(info.min_depth)


def test_depth_info_with_metres():
    depth = np.array([[np.nan, 1.5], [2.5, np.nan]], np.float32)
    metric = MetricDepth(2.0, 0.1, 0.05, 33, "keypoints")
    info = over_the_wire(messages.depth_info(perception(depth=depth, metric=metric)))
    assert (info.kind, info.source) == (messages.DepthInfo.METRIC, messages.DepthInfo.KEYPOINTS)
    assert (info.min_depth, info.max_depth, info.anchors) == (1.5, 2.5, 33)


def test_skeleton_info_is_consistent():
    info = over_the_wire(messages.skeleton_info(messages.stamp_message(STAMP)))
    count = len(info.joint_names)
    assert len(set(info.joint_names)) == count == len(info.parents) == len(info.rep155_index) == 33
    assert list(info.parents).count(-1) == 1
    assert len(info.edges) % 2 == 0
    assert max(info.edges) < count


def test_stats_carry_times_and_counts():
    times = InferenceTimes(queue=1.0, preprocess=2.0, inference=3.0, postprocess=4.0)
    shown = perception(times=times, backend="eager")
    stats = over_the_wire(messages.inference_stats(shown, 5, 10, 4, 0.5, float("nan")))
    assert (stats.frames_used, stats.frames_padded) == (3, 2)
    assert (stats.queue_ms, stats.inference_ms, stats.publish_ms) == (1.0, 3.0, 0.5)
    assert (stats.frames_received, stats.frames_dropped, stats.backend) == (10, 4, "eager")
    assert messages.stamp_ns(stats.window_first) == STAMP - 5
    assert math.isnan(stats.age_ms)
