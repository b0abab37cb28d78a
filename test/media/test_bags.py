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


def write_bag(path, topics, storage=StoragePlugin.MCAP, count=3, info=()):
    """Write images; info: fx of K and of P, of a camera_info that comes before them."""
    with Writer(path, version=9, storage_plugin=storage) as writer:
        if info:
            write_info(writer, *info)
        for topic in topics:
            connection = writer.add_connection(topic, Image.__msgtype__, typestore=TYPES)
            for index in range(count):
                header = Header(stamp=Time(sec=5, nanosec=index), frame_id="optical")
                data = np.full(2 * 4 * 3, index, np.uint8)
                image = Image(header, 2, 4, "bgr8", 0, 12, data)
                writer.write(connection, index, TYPES.serialize_cdr(image, Image.__msgtype__))
    return path


def write_info(writer, fx, rectified_fx):
    kinds = TYPES.types
    kind = "sensor_msgs/msg/CameraInfo"
    zeros, eye = np.zeros(0), np.eye(3).ravel()
    k = np.array([fx, 0, 1.5, 0, fx, 0.5, 0, 0, 1])
    p = np.array([rectified_fx, 0, 1.5, 0, 0, rectified_fx, 0.5, 0, 0, 0, 1, 0])
    header = Header(stamp=Time(sec=5, nanosec=0), frame_id="optical")
    region = kinds["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    info = kinds[kind](header, 2, 4, "plumb_bob", zeros, k, eye, p, 0, 0, region)
    connection = writer.add_connection("/camera/camera_info", kind, typestore=TYPES)
    writer.write(connection, 0, TYPES.serialize_cdr(info, kind))


@pytest.mark.parametrize("storage", list(StoragePlugin))
def test_frames_come_with_the_stamps_of_their_headers(tmp_path, storage):
    bag = write_bag(tmp_path / "bag", ["/camera/image", "/camera/depth/image"], storage)
    frames = list(read_frames(bag))
    assert [frame.stamp_ns for frame in frames] == [5_000_000_000 + i for i in range(3)]
    assert frames[2].image.shape == (2, 4, 3)
    assert frames[2].frame_id == "optical"


@pytest.mark.parametrize(("topic", "ray"), [("/camera/image_rect", 0.8), ("/camera/image", 0.4)])
def test_rectified_images_go_by_p_as_they_do_live(tmp_path, topic, ray):
    """Issue 23.10: offline used K and D where the node used P."""
    bag = write_bag(tmp_path / "bag", [topic], count=1, info=(5.0, 2.5))
    (frame,) = read_frames(bag)
    assert frame.intrinsics.rays([[3.5, 0.5]])[0, 0] == pytest.approx(ray)
    assert frame.intrinsics.distortion == ()


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
