# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fault F50: what a recording can lack, and what is read of it all the same."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
import zstandard
from mcap.reader import SeekingReader
from mcap.writer import CompressionType, IndexType
from mcap.writer import Writer as McapWriter
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from thfm_ros.media.bag_reader import BagReader
from thfm_ros.media.errors import SourceError
from thfm_ros.media.video import read_frames

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
    with pytest.raises(SourceError, match=r"cannot be read as a bag: metadata\.yaml is missing"):
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
    assert problems == ["metadata.yaml is missing: the files are read as they are"]


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


def write_channels(path, *channels, profile="ros2", **options):
    """Write an MCAP file of (topic, schema name, language, definition, encoding, payloads)."""
    with path.open("wb") as file:
        writer = McapWriter(file, **options)
        writer.start(profile)
        for topic, name, language, definition, encoding, payloads in channels:
            schema = writer.register_schema(name, language, definition.encode())
            channel = writer.register_channel(topic, encoding, schema)
            for time, data in enumerate(payloads):
                writer.add_message(channel, time, data, time)
        writer.finish()
    return path


def image_bytes(value=7):
    header = Header(stamp=Time(sec=5, nanosec=0), frame_id="optical")
    image = Image(header, 2, 2, "mono8", 0, 2, np.full(4, value, np.uint8))
    return bytes(TYPES.serialize_cdr(image, Image.__msgtype__))


DEFINITION, _ = TYPES.generate_msgdef(Image.__msgtype__, ros_version=2)
GOOD = (TOPIC, Image.__msgtype__, "ros2msg", DEFINITION, "cdr", [image_bytes()] * 3)


@pytest.mark.fault("F74")
@pytest.mark.parametrize(
    "other",
    [
        ("/tf", "foxglove.FrameTransform", "jsonschema", "{}", "json", [b"{}"]),
        ("/tf", "foxglove.FrameTransform", "protobuf", "\x01", "protobuf", [b"\x01"]),
        ("/tf", "Table", "flatbuffer", "", "flatbuffer", [b"1"]),
        ("/x", "my_msgs/msg/Odd", "ros2msg", "no definition (", "cdr", [b"123"]),
        ("/x", "std_msgs/msg/String", "ros2msg", "int8 another", "cdr", [b"123"]),
        ("/x", "my_msgs/msg/Odd", "", "", "cdr", [b"123"]),
    ],
    ids=["json", "protobuf", "flatbuffer", "no definition", "changed", "unknown"],
)
@pytest.mark.parametrize("options", [{}, {"index_types": IndexType.NONE}], ids=["index", "none"])
def test_a_channel_that_nobody_asked_for_may_be_anything(tmp_path, other, options):
    path = write_channels(tmp_path / "x.mcap", other, GOOD, **options)
    times, problems = read(path)
    assert (times, problems) == ([0, 1, 2], [])


@pytest.mark.fault("F74")
def test_a_channel_that_cannot_be_read_says_so_when_asked_for(tmp_path):
    other = ("/json", "foxglove.Image", "jsonschema", "{}", "json", [b"{}"])
    path = write_channels(tmp_path / "x.mcap", other, GOOD)
    with BagReader(path) as bag:
        assert list(bag.messages(["/json"])) == []
        assert bag.problems == ["/json is json, allowed is cdr or ros1"]


@pytest.mark.fault("F74")
@pytest.mark.parametrize("profile", ["", "foxglove"])
@pytest.mark.parametrize(
    "options",
    [
        {"index_types": IndexType.NONE},
        {"use_chunking": False},
        {"use_statistics": False, "use_summary_offsets": False},
        {"compression": CompressionType.LZ4},
        {"repeat_schemas": False},
        {"repeat_channels": False},
    ],
    ids=str,
)
def test_mcap_as_other_programs_write_it(tmp_path, options, profile):
    path = write_channels(tmp_path / "x.mcap", GOOD, profile=profile, **options)
    assert read(path) == ([0, 1, 2], [])


@pytest.mark.fault("F74")
def test_a_damaged_part_of_an_mcap_costs_its_own_messages(tmp_path):
    many = (*GOOD[:-1], [image_bytes(value) for value in range(COUNT)])
    path = write_channels(tmp_path / "x.mcap", many, chunk_size=2000)
    data = bytearray(path.read_bytes())
    with path.open("rb") as file:
        begin = SeekingReader(file).get_summary().chunk_indexes[3].chunk_start_offset
    data[begin + 60 : begin + 90] = b"\xff" * 30
    path.write_bytes(data)
    times, problems = read(path)
    assert COUNT // 2 < len(times) < COUNT
    assert times[-1] == COUNT - 1
    assert problems == ["a part of x.mcap is damaged: its messages are lost"]


@pytest.mark.fault("F74")
def test_a_ros1_channel_in_an_mcap(tmp_path):
    store = get_typestore(Stores.ROS1_NOETIC)
    kind = "std_msgs/msg/String"
    definition, _ = store.generate_msgdef(kind)
    data = bytes(store.serialize_ros1(store.types[kind]("hello"), kind))
    channel = ("/said", "std_msgs/String", "ros1msg", definition, "ros1", [data])
    with BagReader(write_channels(tmp_path / "x.mcap", channel)) as bag:
        assert [message.data for _, _, message in bag.messages(["/said"])] == ["hello"]


def write_with_log(path, in_file=10, in_log=10):
    """Write a .db3 whose newest messages are still in the log beside it, as a crash leaves it."""
    bag = write_bag(path.parent / "whole", StoragePlugin.SQLITE3, in_file + in_log)
    whole = sqlite3.connect(next(bag.glob("*.db3")))
    rows = whole.execute("SELECT * FROM messages ORDER BY id").fetchall()
    connection = sqlite3.connect(path)
    connection.executescript(
        "".join(line for line in whole.iterdump() if 'INTO "messages' not in line)
    )
    insert = f"INSERT INTO messages VALUES ({', '.join('?' * len(rows[0]))})"
    connection.executemany(insert, rows[:in_file])
    connection.commit()
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.executemany(insert, rows[in_file:])
    connection.commit()
    saved = {end: Path(f"{path}{end}").read_bytes() for end in ("", "-wal")}
    connection.close()
    for end, data in saved.items():
        Path(f"{path}{end}").write_bytes(data)
    return path


@pytest.mark.fault("F74")
def test_messages_in_the_log_beside_a_db3_are_read_and_nothing_is_changed(tmp_path):
    path = write_with_log(tmp_path / "x.db3")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    times, problems = read(path)
    assert (times, problems) == (list(range(10, 30)), [])
    after = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    assert before == after


@pytest.mark.fault("F74")
def test_a_db3_whose_middle_is_damaged_is_read_from_both_ends(tmp_path):
    path = next(write_bag(tmp_path / "bag", StoragePlugin.SQLITE3, size=128).glob("*.db3"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 9000] = b"\xff" * 9000
    path.write_bytes(data)
    times, problems = read(path)
    assert times == sorted(times)
    assert (times[0], times[-1]) == (10, 10 + COUNT - 1)
    assert 0.8 * COUNT < len(times) < COUNT
    assert problems


@pytest.mark.fault("F74")
@pytest.mark.parametrize("storage", ["db3", "mcap"])
def test_split_and_compressed_files_without_metadata(tmp_path, storage):
    plugin = StoragePlugin.SQLITE3 if storage == "db3" else StoragePlugin.MCAP
    folder = tmp_path / "bag"
    folder.mkdir()
    for part in (0, 1, 2, 10):
        whole = write_bag(tmp_path / f"part{part}", plugin, 3 + part)
        data = next(whole.glob(f"*.{storage}")).read_bytes()
        packed = zstandard.ZstdCompressor().compress(data)
        (folder / f"bag_{part}.{storage}.zstd").write_bytes(packed)
    (folder / f"bag_2.{storage}").write_bytes(
        next((tmp_path / "part2").glob(f"*.{storage}")).read_bytes()
    )
    with BagReader(folder) as bag:
        times = [recorded for _, recorded, _ in bag.messages([TOPIC])]
        assert bag.counts[TOPIC] == 3 + 4 + 5 + 13
    assert times == [10 + i for count in (3, 4, 5, 13) for i in range(count)]
    assert len(read(folder / f"bag_1.{storage}.zstd")[0]) == 4


@pytest.mark.fault("F74")
def test_a_part_that_is_missing_or_spoilt_costs_itself_only(tmp_path):
    folder = write_bag(tmp_path / "bag", count=5)
    (folder / "bag_1.mcap").write_bytes(b"nonsense" * 9)
    text = (folder / "metadata.yaml").read_text()
    (folder / "metadata.yaml").write_text(
        text.replace("- bag.mcap", "- bag.mcap\n  - bag_2.mcap", 1)
    )
    times, problems = read(folder)
    assert len(times) == 5
    assert problems == [
        "bag_2.mcap is not there, but metadata.yaml names it",
        "bag_1.mcap cannot be read: it does not begin like an MCAP file",
    ]


@pytest.mark.fault("F74")
@pytest.mark.parametrize("compression", ["none", "bz2", "lz4"])
@pytest.mark.parametrize("share", [1.0, 0.6])
def test_bags_of_ros1(tmp_path, compression, share):
    store = get_typestore(Stores.ROS1_NOETIC)
    header = store.types["std_msgs/msg/Header"]
    time = store.types["builtin_interfaces/msg/Time"]
    kind, info_kind = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"
    info_type, roi = store.types[info_kind], store.types["sensor_msgs/msg/RegionOfInterest"]
    writer = Ros1Writer(tmp_path / "x.bag")
    if compression != "none":
        writer.set_compression(Ros1Writer.CompressionFormat[compression.upper()])
    random = np.random.default_rng(0)
    with writer:
        images = writer.add_connection("/camera/image", kind, typestore=store)
        infos = writer.add_connection("/camera/camera_info", info_kind, typestore=store)
        matrix = np.array([60, 0, 64, 0, 60, 64, 0, 0, 1.0])
        info = info_type(
            header(0, time(5, 0), "optical"), 128, 128, "plumb_bob", np.zeros(5), matrix,
            np.eye(3).reshape(-1), np.zeros(12), 0, 0, roi(0, 0, 0, 0, False),
        )  # fmt: skip
        writer.write(infos, 5, store.serialize_ros1(info, info_kind))
        for index in range(300):
            data = random.integers(0, 256, 128 * 128, np.uint8)
            image = store.types[kind](
                header(index, time(5, index), "optical"), 128, 128, "mono8", 0, 128, data
            )
            writer.write(images, 10 + index, store.serialize_ros1(image, kind))
    if share < 1:
        cut(tmp_path / "x.bag", share)
    frames = read_frames(tmp_path / "x.bag")
    found = list(frames)
    assert len(found) == 300 if share == 1 else 100 < len(found) < 200
    assert found[0].intrinsics.fx == 60
    assert [frame.stamp_ns - 5 * 10**9 for frame in found] == list(range(len(found)))
    assert bool(frames.problems) == (share < 1)
