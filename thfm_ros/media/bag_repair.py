# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bag files whose recording was cut off: a copy of what is whole, closed properly."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import struct
from pathlib import Path

_MAGIC = b"\x89MCAP0\r\n"
_RECORD = struct.Struct("<BQ")
_FOOTER, _DATA_END = 0x02, 0x0F


def repair(source: Path, target: Path) -> None:
    """Copy what can be read of an .mcap or .db3 file; ValueError or sqlite3.Error if nothing can.

    target: a path of the same suffix that does not exist
    """
    {".mcap": repair_mcap, ".db3": repair_sqlite3}[source.suffix](source, target)


def repair_mcap(source: Path, target: Path) -> None:
    """Copy the whole records before the cut, without an index (https://mcap.dev/spec).

    A chunk that is not complete is lost as a whole.
    """
    kept = _whole_records(source)
    with source.open("rb") as reader, target.open("wb") as writer:
        shutil.copyfileobj(_Prefix(reader, kept), writer, 1 << 20)
        writer.write(_RECORD.pack(_DATA_END, 4) + bytes(4))
        writer.write(_RECORD.pack(_FOOTER, 20) + bytes(20) + _MAGIC)


def repair_sqlite3(source: Path, target: Path) -> None:
    """Copy all tables of a rosbag2 database row by row; a table ends at its first lost page."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?immutable=1", uri=True)) as damaged,
        contextlib.closing(sqlite3.connect(target)) as whole,
    ):
        # Without it SQLite refuses a file that is shorter than its header says.
        damaged.execute("PRAGMA writable_schema=ON")
        tables = damaged.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        for name, definition in tables.fetchall():
            whole.execute(definition)
            with contextlib.suppress(sqlite3.DatabaseError):
                for row in damaged.execute(f"SELECT * FROM {name}"):
                    whole.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
        whole.commit()


def _whole_records(source: Path) -> int:
    """Return the position behind the last record that is there to its end."""
    length = source.stat().st_size
    with source.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError(f"{source} does not begin like an MCAP file")
        position = len(_MAGIC)
        while len(head := file.read(_RECORD.size)) == _RECORD.size:
            kind, size = _RECORD.unpack(head)
            end = position + _RECORD.size + size
            if end > length or kind in (_FOOTER, _DATA_END):
                break
            position = file.seek(end)
        return position


class _Prefix:
    """The first `left` bytes of an open file."""

    def __init__(self, file, left: int) -> None:
        self._file, self._left = file, left

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data
