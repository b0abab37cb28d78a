# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from thfm_ros import skeleton
from thfm_ros.synth.bag import FRAME_ID, IMAGE_TOPIC, INFO_TOPIC, write_bag
from thfm_ros.synth.clips import ClipSettings, make_clip


@pytest.fixture(scope="module")
def clip(library):
    return make_clip(library, 4, ClipSettings((64, 48), 3), "person", "outdoors")


@pytest.fixture(scope="module")
def bag(clip, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bags") / "scene"
    write_bag(folder, clip)
    return folder


def read(bag: Path, topic: str) -> list:
    with AnyReader([bag]) as reader:
        chosen = [c for c in reader.connections if c.topic == topic]
        return [reader.deserialize(raw, c.msgtype) for c, _, raw in reader.messages(chosen)]


def pixels(message, dtype, channels):
    shape = (message.height, message.width) + ((channels,) if channels > 1 else ())
    return message.data.view(dtype).reshape(shape)


def test_a_bag_is_never_overwritten(bag, clip):
    with pytest.raises(FileExistsError, match="never overwritten"):
        write_bag(bag, clip)


def test_every_topic_has_every_frame(bag):
    with AnyReader([bag]) as reader:
        counts = {c.topic: c.msgcount for c in reader.connections}
    truth = ("depth/image", "normals/image", "mask/image", "mask/instances", "dense_pose/image")
    names = [IMAGE_TOPIC, INFO_TOPIC, *(f"/ground_truth/{name}" for name in truth)]
    names += ["/ground_truth/keypoints2d", "/ground_truth/keypoints3d"]
    assert counts == dict.fromkeys(names, 3)


def test_one_stamp_and_frame_a_frame(bag, clip):
    stamps = {}
    for topic in (IMAGE_TOPIC, INFO_TOPIC, "/ground_truth/keypoints3d"):
        headers = [message.header for message in read(bag, topic)]
        assert {header.frame_id for header in headers} == {FRAME_ID}
        stamps[topic] = [header.stamp.sec * 10**9 + header.stamp.nanosec for header in headers]
    assert len({tuple(values) for values in stamps.values()}) == 1
    gaps = np.diff(stamps[IMAGE_TOPIC]) / 1e9
    assert np.allclose(gaps, np.diff(clip.times), atol=1e-6)


def test_images_carry_the_clip(bag, clip):
    assert np.array_equal(pixels(read(bag, IMAGE_TOPIC)[1], np.uint8, 3), clip.rgb[1])
    mask = pixels(read(bag, "/ground_truth/mask/image")[1], np.uint8, 1)
    assert np.array_equal(mask, clip.mask[1])
    depth = pixels(read(bag, "/ground_truth/depth/image")[1], np.float32, 1)
    assert np.array_equal(np.nan_to_num(depth), clip.depth[1])
    assert np.isnan(depth[clip.depth[1] == 0]).all()
    dense_pose = pixels(read(bag, "/ground_truth/dense_pose/image")[1], np.float32, 3)
    assert np.array_equal(np.isnan(dense_pose).all(-1), clip.mask[1] == 0)


def test_camera_info_is_the_intrinsics(bag, clip):
    info = read(bag, INFO_TOPIC)[0]
    assert np.allclose([info.k[0], info.k[4], info.k[2], info.k[5]], clip.intrinsics[0])
    assert info.distortion_model == "plumb_bob"
    assert (info.width, info.height) == (64, 48)


def test_keypoints_are_the_landmarks(bag, clip):
    flat = read(bag, "/ground_truth/keypoints2d")[0]
    space = read(bag, "/ground_truth/keypoints3d")[0]
    assert flat.skeleton == space.skeleton == skeleton.NAME
    person = flat.persons[0]
    assert person.id == "gt1"
    known = person.state > 0
    assert np.allclose(np.stack([person.x, person.y], 1)[known], clip.landmarks2d[0, 0][known])
    assert np.allclose(space.persons[0].z, clip.landmarks3d[0, 0, :, 2])
    assert space.intrinsics_used
    box = person.roi
    rows, columns = np.nonzero(clip.instance[0] == 1)
    assert (box.x_offset, box.y_offset) == (columns.min(), rows.min())
    assert (box.width, box.height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
