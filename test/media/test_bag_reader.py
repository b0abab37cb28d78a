# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fault F50: what a recording can lack, and what is read of it all the same."""

import numpy as np
import pytest
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from thfm_ros.media.bag_reader import BagReader
from thfm_ros.media.errors import SourceError

TYPES = get_typestore(Stores.ROS2_JAZZY)
Header = TYPES.types["std_msgs/msg/Header"]
Image = TYPES.types["sensor_msgs/msg/Image"]
Time = TYPES.types["builtin_interfaces/msg/Time"]
TOPIC = "/camera/image"
COUNT = 200


def write_bag(path, storage=StoragePlugin.MCAP, count=COUNT, compression=None, size=32):
    writer = Writer(path, version=9, storage_plugin=storage)
    if compression:
        writer.set_compression(compression, CompressionFormat.ZSTD)
    random = np.random.default_rng(0)
    with writer:
        connection = writer.add_connection(TOPIC, Image.__msgtype__, typestore=TYPES)
        for index in range(count):
            header = Header(stamp=Time(sec=5, nanosec=index), frame_id="optical")
            data = random.integers(0, 256, size * size, np.uint8)
            image = Image(header, size, size, "mono8", 0, size, data)
            writer.write(connection, 10 + index, TYPES.serialize_cdr(image, Image.__msgtype__))
    return path


def read(path):
    with BagReader(path) as bag:
        times = [recorded for _, recorded, _ in bag.messages([TOPIC])]
        return times, bag.problems


def cut(file, share):
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])


@pytest.mark.fault("F50")
def test_nothing_there(tmp_path):
    with (
        pytest.raises(SourceError, match=r"nowhere does not exist"),
        BagReader(tmp_path / "nowhere"),
    ):
        pass


def test_a_folder_without_bag_files(tmp_path):
    with pytest.raises(SourceError, match=r"it has no metadata\.yaml"):
        read(tmp_path)


def test_a_file_that_is_no_bag(tmp_path):
    (tmp_path / "x.mcap").write_bytes(b"nonsense" * 10)
    with pytest.raises(SourceError, match=r"x\.mcap cannot be read"):
        read(tmp_path / "x.mcap")


def test_an_empty_file(tmp_path):
    (tmp_path / "x.mcap").touch()
    with pytest.raises(SourceError, match="seems to be empty"):
        read(tmp_path / "x.mcap")


@pytest.mark.fault("F50")
@pytest.mark.parametrize("storage", list(StoragePlugin))
def test_no_metadata(tmp_path, storage):
    bag = write_bag(tmp_path / "bag", storage)
    (bag / "metadata.yaml").unlink()
    times, problems = read(bag)
    assert len(times) == COUNT
    assert problems == [f"{bag} cannot be read as a bag: it has no metadata.yaml"]


@pytest.mark.fault("F50")
@pytest.mark.parametrize("share", [0.3, 0.9, 0.99999])
def test_a_truncated_mcap_is_read_up_to_the_cut(tmp_path, share):
    bag = write_bag(tmp_path / "bag", size=256)
    cut(next(bag.glob("*.mcap")), share)
    times, problems = read(bag)
    assert times == list(range(10, 10 + len(times)))
    # rosbags writes chunks of about a megabyte; the one that is cut is lost.
    assert share * COUNT - 20 < len(times) <= COUNT
    assert "bag.mcap is cut short: what comes before the cut is used" in problems


def test_a_truncated_sqlite3_file_is_read_up_to_the_cut(tmp_path):
    bag = write_bag(tmp_path / "bag", StoragePlugin.SQLITE3)
    cut(next(bag.glob("*.db3")), 0.7)
    times, problems = read(bag)
    assert times == list(range(10, 10 + len(times)))
    assert 0.5 * COUNT < len(times) < COUNT
    assert "bag.db3 is cut short: what comes before the cut is used" in problems


@pytest.mark.fault("F50")
@pytest.mark.parametrize("storage", list(StoragePlugin))
@pytest.mark.parametrize("compression", [CompressionMode.FILE, CompressionMode.MESSAGE])
def test_zstd(tmp_path, storage, compression):
    if storage is StoragePlugin.MCAP and compression is CompressionMode.FILE:
        compression = CompressionMode.STORAGE
    times, problems = read(write_bag(tmp_path / "bag", storage, compression=compression))
    assert (len(times), problems) == (COUNT, [])


@pytest.mark.fault("F50")
def test_zero_messages(tmp_path):
    with BagReader(write_bag(tmp_path / "bag", count=0)) as bag:
        assert bag.topics == {TOPIC: "sensor_msgs/msg/Image"}
        assert bag.counts[TOPIC] == 0
        assert list(bag.messages([TOPIC])) == []


def test_a_message_that_cannot_be_decoded_is_counted(tmp_path):
    with Writer(tmp_path / "bag", version=9, storage_plugin=StoragePlugin.SQLITE3) as writer:
        connection = writer.add_connection(TOPIC, Image.__msgtype__, typestore=TYPES)
        writer.write(connection, 1, b"\x00\x01\x00\x00\xff")
    times, problems = read(tmp_path / "bag")
    assert times == []
    assert problems == [f"1 messages of {TOPIC} cannot be decoded"]
