# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fault F50: what recordings lack, and what is said about it."""

import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer

from thfm_ros.evaluation.replay.recording import Recording, bag_hash, rate_of
from thfm_ros.interfaces import typestore
from thfm_ros.media.errors import SourceError
from thfm_ros.synth.bag import START_NS

TYPES = typestore()


def header(stamp):
    time = TYPES.types["builtin_interfaces/msg/Time"](*divmod(stamp, 10**9))
    return TYPES.types["std_msgs/msg/Header"](time, "optical")


def image(stamp, size=(8, 6), encoding="mono8", value=7, bytes_a_pixel=1):
    width, height = size
    data = np.full(width * height * bytes_a_pixel, value, np.uint8)
    kind = TYPES.types["sensor_msgs/msg/Image"]
    return kind(header(stamp), height, width, encoding, 0, width * bytes_a_pixel, data)


def write(path, messages):
    """Write (topic, nanoseconds of recording, message) triples."""
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, recorded, message in messages:
            kind = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=TYPES)
            writer.write(connections[topic], recorded, TYPES.serialize_cdr(message, kind))
    return path


def stamps(path, **options):
    with Recording(path, **options) as recording:
        return [sample.frame.stamp_ns for sample in recording.samples()], recording.problems


@pytest.mark.fault("F50")
def test_a_bag_without_topics(tmp_path):
    with pytest.raises(SourceError, match="nothing was recorded"):
        stamps(write(tmp_path / "bag", []))


def test_a_topic_that_is_not_there(bag):
    with pytest.raises(SourceError, match=r"no images on /nowhere; its image topics are \['/cam"):
        stamps(bag, image="/nowhere")


def test_zero_messages_on_the_topic(tmp_path):
    with Writer(tmp_path / "bag", version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        writer.add_connection("/camera/image", "sensor_msgs/msg/Image", typestore=TYPES)
    with pytest.raises(SourceError, match="no usable images on /camera/image: zero messages"):
        stamps(tmp_path / "bag")


def test_only_unusable_images_name_the_reason(tmp_path):
    path = write(tmp_path / "bag", [("/image", 1, image(5, encoding="32FC1"))])
    with pytest.raises(SourceError, match="1 images left out: encoding is '32FC1'"):
        stamps(path)


def test_an_unknown_kind_of_reference(bag):
    with pytest.raises(ValueError, match="reference is for 'smell', allowed is one of depth/image"):
        stamps(bag, references={"smell": "/x"})


def test_a_reference_that_the_bag_lacks(bag):
    with pytest.raises(ValueError, match="reference /x is not in the bag"):
        stamps(bag, references={"depth/image": "/x"})


def test_repeated_and_late_frames_are_left_out_and_counted(tmp_path):
    times = [10**9, 2 * 10**9, 2 * 10**9, 19 * 10**8, 3 * 10**9]
    messages = [("/image", i, image(time)) for i, time in enumerate(times)]
    found, problems = stamps(write(tmp_path / "bag", messages))
    assert found == [10**9, 2 * 10**9, 3 * 10**9]
    assert problems == ["1 images left out: duplicate stamp", "1 images left out: late"]


def test_a_jump_back_starts_the_stream_anew(tmp_path):
    times = [60 * 10**9, 61 * 10**9, 10**9]
    path = write(tmp_path / "bag", [("/image", i, image(time)) for i, time in enumerate(times)])
    with Recording(path) as recording:
        resets = [sample.reset for sample in recording.samples()]
    assert resets == ["", "", "stamps jumped back by 60.000 s"]


def test_images_without_a_stamp_take_the_time_of_recording(tmp_path):
    path = write(tmp_path / "bag", [("/image", 5 + i, image(0)) for i in range(2)])
    found, problems = stamps(path)
    assert found == [5, 6]
    assert problems == ["2 images without a stamp: the time of their recording is used"]


@pytest.mark.fault("F50")
def test_the_recordings_clock_may_start_anywhere(tmp_path):
    """The header's stamps count; when the messages were written does not matter."""
    late = [("/image", 10**18 + i, image(10**9 + i)) for i in range(3)]
    assert stamps(write(tmp_path / "bag", late))[0] == [10**9, 10**9 + 1, 10**9 + 2]


def test_a_missing_reference_is_counted_and_costs_only_itself(tmp_path):
    messages = []
    for i in range(4):
        messages.append(("/image", i * 10**9, image((i + 1) * 10**9)))
        if i != 2:
            mask = image((i + 1) * 10**9, value=255)
            messages.append(("/ground_truth/mask/image", i * 10**9 + 1, mask))
    with Recording(write(tmp_path / "bag", messages)) as recording:
        known = [sample.truth.known for sample in recording.samples()]
    assert known == [("mask",), ("mask",), (), ("mask",)]
    assert recording.problems == ["1 frames without reference /ground_truth/mask/image"]


def test_a_reference_of_another_size_is_counted(tmp_path):
    messages = [
        ("/image", 1, image(5)),
        ("/depth", 2, image(5, size=(4, 3), encoding="16UC1", bytes_a_pixel=2)),
    ]
    path = write(tmp_path / "bag", messages)
    with Recording(path, "/image", {"depth/image": "/depth"}) as recording:
        assert next(recording.samples()).truth.known == ()
    assert recording.problems == [
        "1 frames without ground truth: reference depth/image is (4, 3), the image (8, 6)"
    ]


def test_a_broken_recording_is_read_to_the_cut(bag, tmp_path):
    file = next(bag.glob("*.mcap"))
    cut = tmp_path / file.name
    cut.write_bytes(file.read_bytes()[:-10])
    found, problems = stamps(cut)
    assert problems
    assert len(found) <= 6


def test_everything_that_the_generator_wrote_is_there(bag, clip):
    with Recording(bag) as recording:
        samples = list(recording.samples())
        described = recording.describe()
    assert [s.frame.stamp_ns for s in samples] == [START_NS + i * 10**8 for i in range(6)]
    for index, sample in enumerate(samples):
        truth = sample.truth
        assert truth.known == ("depth", "normals", "mask", "dense_pose", "people")
        assert np.array_equal(sample.frame.image, clip.rgb[index])
        assert sample.frame.intrinsics.fx == 90
        assert np.array_equal(truth.depth, clip.depth[index])
        assert [p.id for p in truth.people] == ["gt1", "gt2"]
        assert np.allclose(truth.people[1].positions, clip.landmarks3d[index, 1])
        assert truth.people[0].box == (10, 10, 30, 40)
        assert truth.people[0].distance == pytest.approx(2, abs=0.2)
    assert described["frames"] == described["expected_frames"] == 6
    assert described["rate_hz"] == pytest.approx(10)
    assert described["duration_s"] == pytest.approx(0.5)
    assert described["problems"] == []


def test_the_hash_is_that_of_the_storage(bag, tmp_path):
    copy = tmp_path / "renamed.mcap"
    copy.write_bytes(next(bag.glob("*.mcap")).read_bytes())
    assert bag_hash(bag) == bag_hash(copy)
    copy.write_bytes(copy.read_bytes() + b"x")
    assert bag_hash(bag) != bag_hash(copy)


def test_hand_computed_rate():
    assert rate_of([0, 100, 200, 10**9]) == pytest.approx(1e7)
    assert rate_of([5]) == 0
