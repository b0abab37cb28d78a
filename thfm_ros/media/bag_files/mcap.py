# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MCAP files (https://mcap.dev/spec): by their index, or from front to end where it is missing."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.reader import SeekingReader
from mcap.records import Channel as McapChannel
from mcap.records import Chunk, Footer, McapRecord, Message, Schema
from mcap.stream_reader import StreamReader, breakup_chunk

from thfm_ros.media.bag_files.channel import Channel, Record, normal_kind

_MAGIC = b"\x89MCAP0\r\n"
_OPCODE_AND_LENGTH = 9
_BROKEN = (
    McapError,
    zstandard.ZstdError,
    ValueError,
    OSError,
    EOFError,
    struct.error,
    LookupError,
    RuntimeError,
)
_LARGEST_RECORD = 1 << 31


class McapFile:
    """See BagFile. A chunk that is damaged costs its own messages."""

    def __init__(self, path: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self._path = path
        self._schemas: dict[int, Schema] = {}
        self._channels: dict[int, Channel] = {}
        self._chunks: list | None = None
        if not path.stat().st_size:
            raise ValueError("the file seems to be empty")
        self._file = path.open("rb")
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    @property
    def channels(self) -> list[Channel]:
        """What is in it."""
        return list(self._channels.values())

    def messages(self, topics: set[str]) -> Iterator[Record]:
        """Yield messages chunk by chunk, in each in the order of their recording."""
        wanted = {key for key, channel in self._channels.items() if channel.topic in topics}
        for records in self._blocks(wanted):
            found = [r for r in records if isinstance(r, Message) and r.channel_id in wanted]
            for record in sorted(found, key=lambda record: record.log_time):
                yield self._channels[record.channel_id], record.log_time, record.data

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _open(self) -> None:
        if self._file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("it does not begin like an MCAP file")
        summary = self._summary()
        if summary is None:
            self._scan()
            return
        for schema in summary.schemas.values():
            self._note(schema)
        for key, channel in summary.channels.items():
            self._note(channel)
            count = summary.statistics.channel_message_counts.get(key, 0)
            self.counts[channel.topic] += count
        self._chunks = sorted(summary.chunk_indexes, key=lambda chunk: chunk.message_start_time)

    def _summary(self):
        """Return the index at the file's end; None where it is missing or does not say enough."""
        try:
            self._file.seek(0)
            summary = SeekingReader(self._file).get_summary()
        except _BROKEN:
            return None
        if summary is None or summary.statistics is None:
            return None
        known = {channel.schema_id for channel in summary.channels.values()} - {0}
        counted = summary.statistics.channel_message_counts.keys()
        complete = known <= summary.schemas.keys() and counted <= summary.channels.keys()
        has_index = summary.chunk_indexes and complete
        return summary if has_index or not summary.statistics.message_count else None

    def _scan(self) -> None:
        """Note what is there, from front to end."""
        for records in self._from_front():
            for record in records:
                if isinstance(record, Message):
                    if record.channel_id in self._channels:
                        self.counts[self._channels[record.channel_id].topic] += 1
                else:
                    self._note(record)

    def _note(self, record: McapRecord) -> None:
        if isinstance(record, Schema):
            self._schemas[record.id] = record
        elif isinstance(record, McapChannel):
            schema = self._schemas.get(record.schema_id)
            known = schema is not None
            self._channels[record.id] = Channel(
                record.topic,
                normal_kind(schema.name) if known else "",
                record.message_encoding,
                schema.data.decode(errors="replace") if known else "",
                schema.encoding if known else "",
            )

    def _blocks(self, wanted: set[int]) -> Iterator[list[McapRecord]]:
        if self._chunks is None:
            yield from self._from_front()
            return
        for chunk in self._chunks:
            # A chunk without an index of its messages may hold any.
            if wanted & chunk.message_index_offsets.keys() or not chunk.message_index_offsets:
                yield self._at(chunk.chunk_start_offset)

    def _at(self, offset: int) -> list[McapRecord]:
        try:
            self._file.seek(offset + _OPCODE_AND_LENGTH)
            return breakup_chunk(Chunk.read(ReadDataStream(self._file)), validate_crc=True)
        except _BROKEN:
            self._say(f"a part of {self._path.name} is damaged: its messages are lost")
            return []

    def _from_front(self) -> Iterator[list[McapRecord]]:
        """Yield the records of each chunk, and those between chunks one by one."""
        self._file.seek(0)
        reader = StreamReader(self._file, emit_chunks=True, record_size_limit=_LARGEST_RECORD)
        records = reader.records
        while True:
            try:
                record = next(records)
            except (StopIteration, *_BROKEN):
                # Without the end there was more, perhaps.
                self._say(f"{self._path.name} is cut short: what comes before the cut is used")
                return
            if isinstance(record, Footer):
                return
            if not isinstance(record, Chunk):
                yield [record]
                continue
            try:
                yield breakup_chunk(record, validate_crc=True)
            except _BROKEN:
                self._say(f"a part of {self._path.name} is damaged: its messages are lost")

    def _say(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)
