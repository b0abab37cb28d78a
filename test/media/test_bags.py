# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from thfm_ros.media.errors import SourceError
from thfm_ros.media.video import read_frames

TYPES = get_typestore(Stores.ROS2_JAZZY)
Image = TYPES.types["sensor_msgs/msg/Image"]
Header = TYPES.types["std_msgs/msg/Header"]
Time = TYPES.types["builtin_interfaces/msg/Time"]


def write_bag(path, topics, storage=StoragePlugin.MCAP, count=3):
    with Writer(path, version=9, storage_plugin=storage) as writer:
        for topic in topics:
            connection = writer.add_connection(topic, Image.__msgtype__, typestore=TYPES)
            for index in range(count):
                header = Header(stamp=Time(sec=5, nanosec=index), frame_id="optical")
                data = np.full(2 * 4 * 3, index, np.uint8)
                image = Image(header, 2, 4, "bgr8", 0, 12, data)
                writer.write(connection, index, TYPES.serialize_cdr(image, Image.__msgtype__))
    return path


@pytest.mark.parametrize("storage", list(StoragePlugin))
def test_frames_come_with_the_stamps_of_their_headers(tmp_path, storage):
    bag = write_bag(tmp_path / "bag", ["/camera/image", "/camera/depth/image"], storage)
    frames = list(read_frames(bag))
    assert [frame.stamp_ns for frame in frames] == [5_000_000_000 + i for i in range(3)]
    assert frames[2].image.shape == (2, 4, 3)
    assert frames[2].frame_id == "optical"


def test_two_cameras_have_to_be_told_apart(tmp_path):
    bag = write_bag(tmp_path / "bag", ["/left", "/right"])
    with pytest.raises(SourceError, match=r"2 camera topics \['/left', '/right'\]"):
        list(read_frames(bag))


def test_a_folder_that_only_looks_like_a_bag(tmp_path):
    (tmp_path / "metadata.yaml").write_text("nonsense")
    with pytest.raises(SourceError, match="cannot be read as a bag"):
        list(read_frames(tmp_path))


def test_ground_truth_is_not_taken_for_a_camera(tmp_path):
    topics = ["/camera/image", "/ground_truth/dense_pose/image", "/ground_truth/mask/image"]
    write_bag(tmp_path / "bag", topics)
    assert len(list(read_frames(tmp_path / "bag"))) == 3
