# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The .bag files of ROS 1 (http://wiki.ros.org/Bags/Format/2.0), with or without their index."""

from __future__ import annotations

import bz2
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lz4 import frame as lz4
from rosbags.rosbag1 import Reader, ReaderError
from rosbags.rosbag1.reader import Header, RecordType, read_bytes, read_uint32

from thfm_ros.media.bag_files.channel import ROS1, Channel, Record, normal_kind

_MAGIC = b"#ROSBAG V2.0\n"
_UNPACK = {"none": bytes, "bz2": bz2.decompress, "lz4": lz4.decompress}
_BROKEN = (ReaderError, OSError, EOFError, ValueError, LookupError, RuntimeError)


class Ros1File:
    """See BagFile. Without an index it is read from front to end, to where it was cut."""

    def __init__(self, path: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self._path = path
        self._channels: dict[int, Channel] = {}
        self._reader: Reader | None = None
        if not path.stat().st_size:
            raise ValueError("the file seems to be empty")
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise ValueError("it does not begin like a ROS 1 bag")
        if not self._open_by_index():
            for key, _, _ in self._scan():
                self.counts[self._channels[key].topic] += 1

    @property
    def channels(self) -> list[Channel]:
        """What is in it."""
        return list(self._channels.values())

    def messages(self, topics: set[str]) -> Iterator[Record]:
        """Yield messages in the order of their recording."""
        if self._reader is None:
            for key, time, data in self._scan():
                if self._channels[key].topic in topics:
                    yield self._channels[key], time, data
            return
        chosen = [c for c in self._reader.connections if c.topic in topics]
        if not chosen:
            return
        try:
            for connection, time, data in self._reader.messages(chosen):
                yield self._channels[connection.id], time, data
        except _BROKEN as error:
            self.problems.append(f"{self._path.name} cannot be read to its end: {error}")

    def close(self) -> None:
        """Let go of the file."""
        if self._reader is not None:
            self._reader.close()

    def _open_by_index(self) -> bool:
        reader = Reader(self._path)
        try:
            reader.open()
        except _BROKEN:
            return False
        for connection in reader.connections:
            kind, definition = normal_kind(connection.msgtype), connection.msgdef.data
            self._channels[connection.id] = Channel(
                connection.topic, kind, ROS1, definition, "ros1msg"
            )
            self.counts[connection.topic] += connection.msgcount
        self._reader = reader
        return True

    def _scan(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield connection, time, data of all messages that are there as a whole."""
        problem = f"{self._path.name} is cut short: what comes before the cut is used"
        if problem not in self.problems:
            self.problems.append(problem)
        size = self._path.stat().st_size
        with self._path.open("rb") as file:
            file.seek(len(_MAGIC))
            try:
                while file.tell() < size:
                    yield from self._record(file)
            except _BROKEN:
                return

    def _record(self, file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
        header = Header.read(file)
        data = read_bytes(file, read_uint32(file))
        kind = header.get_uint8("op")
        if kind == RecordType.CHUNK:
            inside = io.BytesIO(_UNPACK[header.get_string("compression")](data))
            while inside.tell() < len(inside.getbuffer()):
                yield from self._record(inside)
        elif kind == RecordType.CONNECTION:
            about = Header.read(io.BytesIO(len(data).to_bytes(4, "little") + data))
            self._channels[header.get_uint32("conn")] = Channel(
                header.get_string("topic"),
                normal_kind(about.get_string("type")),
                ROS1,
                about.get_string("message_definition"),
                "ros1msg",
            )
        elif kind == RecordType.MSGDATA and header.get_uint32("conn") in self._channels:
            yield header.get_uint32("conn"), header.get_time("time"), data
