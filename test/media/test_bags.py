# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from thfm_ros.interfaces import COMPRESSED_VIDEO, FFMPEG_PACKET, typestore
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


_FORMATS = {"libx264": "h264", "libx265": "h265", "libsvtav1": "av1"}


def video_messages(codec, kind, count=10, **options):
    """Packets of grey pictures, each brighter, as foxglove's and ffmpeg_image_transport's types."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 96, 64, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    at_once = {} if codec == "libsvtav1" else {"tune": "zerolatency", "preset": "ultrafast"}
    encoder.options = {**at_once, **options}
    types = typestore()
    packets = []
    for index in range(count):
        grey = np.full((64, 96, 3), min(20 * index, 255), np.uint8)
        packets += encoder.encode(av.VideoFrame.from_ndarray(grey, format="rgb24"))
    packets += encoder.encode(None)
    for index, packet in enumerate(packets):
        time = types.types["builtin_interfaces/msg/Time"](5, index * 40_000_000)
        data = np.frombuffer(bytes(packet), np.uint8)
        if kind == COMPRESSED_VIDEO:
            yield types.types[kind](time, "optical", data, _FORMATS[codec])
        else:
            header = types.types["std_msgs/msg/Header"](time, "optical")
            yield types.types[kind](header, 96, 64, f"{codec};yuv420p", index, 0, False, data)


def write_video_bag(path, messages, kind, topic="/camera/image/video"):
    types = typestore()
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection(topic, kind, typestore=types)
        for index, message in enumerate(messages):
            writer.write(connection, index, types.serialize_cdr(message, kind))
    return path


@pytest.mark.fault("F77")
@pytest.mark.parametrize("kind", [COMPRESSED_VIDEO, FFMPEG_PACKET])
@pytest.mark.parametrize("codec", ["libx264", "libx265", "libsvtav1"])
def test_compressed_video_is_decoded(tmp_path, codec, kind):
    bag = write_video_bag(tmp_path / "bag", video_messages(codec, kind), kind)
    frames = list(read_frames(bag))
    assert [frame.stamp_ns for frame in frames] == [5 * 10**9 + i * 40_000_000 for i in range(10)]
    means = np.array([frame.image.mean() for frame in frames])
    assert np.abs(means - 20 * np.arange(10)).max() < 6
    assert {frame.frame_id for frame in frames} == {"optical"}


@pytest.mark.fault("F77")
def test_a_video_that_is_entered_between_key_frames_begins_at_the_next(tmp_path):
    messages = list(video_messages("libx264", COMPRESSED_VIDEO, 20, g="8"))[3:]
    frames = read_frames(write_video_bag(tmp_path / "bag", messages, COMPRESSED_VIDEO))
    means = [round(frame.image.mean() / 20) for frame in frames]
    assert means[0] == 8
    assert sum(frames.skipped.values()) == 5


@pytest.mark.fault("F77")
def test_a_codec_that_is_not_known_is_named(tmp_path):
    messages = list(video_messages("libx264", COMPRESSED_VIDEO, 2))
    for message in messages:
        object.__setattr__(message, "format", "prores")
    frames = read_frames(write_video_bag(tmp_path / "bag", messages, COMPRESSED_VIDEO))
    with pytest.raises(SourceError, match="the video is 'prores', supported are h264"):
        list(frames)


@pytest.mark.fault("F79")
def test_transports_of_one_camera_are_one_camera_and_the_most_faithful_is_read(tmp_path):
    types = typestore()
    compressed = "sensor_msgs/msg/CompressedImage"
    bag = write_bag(tmp_path / "bag", ["/camera/image", "/camera/image/ffmpeg"])
    assert len(list(read_frames(bag))) == 3
    with Writer(tmp_path / "b", version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection("/camera/image/compressed", compressed, typestore=types)
        data = cv2.imencode(".png", np.full((2, 4, 3), 9, np.uint8))[1]
        message = types.types[compressed](Header(stamp=Time(1, 1), frame_id="x"), "png", data)
        writer.write(connection, 1, types.serialize_cdr(message, compressed))
        writer.add_connection("/camera/image", Image.__msgtype__, typestore=types)
    for topic in ("", "/camera/image/compressed"):
        assert len(list(read_frames(tmp_path / "b", topic=topic))) == 1


@pytest.mark.fault("F79")
def test_a_camera_is_chosen_by_its_topic(tmp_path):
    bag = write_bag(tmp_path / "bag", ["/left", "/right/compressed"])
    assert len(list(read_frames(bag, topic="/left"))) == 3
    assert len(list(read_frames(bag, topic="/right"))) == 3
    with pytest.raises(SourceError, match=r"no images on /up; its image topics are \['/left'"):
        list(read_frames(bag, topic="/up"))
