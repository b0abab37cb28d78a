# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A rosbag2 recording as far as it can be read: whole, without metadata, or cut short."""

from __future__ import annotations

import sqlite3
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.rosbag2 import ReaderError
from rosbags.serde import SerdeError

from thfm_ros.interfaces import typestore
from thfm_ros.media.bag_repair import repair
from thfm_ros.media.errors import SourceError

STORAGE_SUFFIXES = (".mcap", ".db3")
_UNREADABLE = (
    AnyReaderError,
    ReaderError,
    SerdeError,
    sqlite3.Error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    AssertionError,
)


class BagReader:
    """Reads messages in the order of their recording; use as a context manager.

    topics:   name -> message type
    counts:   name -> messages that the bag's index promises
    problems: what was wrong with the recording so far, one line each; empty = nothing is missing
    A SourceError at entry says why nothing at all can be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.topics: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self._stack = ExitStack()
        self._readers: list[AnyReader] = []

    def __enter__(self) -> BagReader:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        for connection in (c for reader in self._readers for c in reader.connections):
            self.topics[connection.topic] = connection.msgtype
            self.counts[connection.topic] += connection.msgcount
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def messages(self, topics: Iterable[str]) -> Iterator[tuple[str, int, Any]]:
        """Yield (topic, nanoseconds of recording, message); what cannot be read is a problem."""
        wanted = set(topics)
        for reader in self._readers:
            chosen = [c for c in reader.connections if c.topic in wanted]
            if chosen:
                yield from self._messages_of(reader, chosen)

    def _messages_of(self, reader: AnyReader, chosen: list) -> Iterator[tuple[str, int, Any]]:
        damaged: Counter[str] = Counter()
        stream = reader.messages(chosen)
        while True:
            try:
                connection, recorded_ns, data = next(stream)
            except StopIteration:
                break
            except _UNREADABLE as error:
                self.problems.append(f"{reader.paths[0].name} cannot be read to its end: {error}")
                break
            try:
                message = reader.deserialize(data, connection.msgtype)
            except _UNREADABLE:
                damaged[connection.topic] += 1
                continue
            yield connection.topic, recorded_ns, message
        for topic, count in damaged.items():
            self.problems.append(f"{count} messages of {topic} cannot be decoded")

    def _open(self) -> None:
        if not self.path.exists():
            raise SourceError(f"{self.path} does not exist")
        try:
            self._readers = [self._enter(self.path)]
            return
        except _UNREADABLE as error:
            reason = f"{self.path} cannot be read as a bag: {_brief(error)}"
        self.problems.append(reason)
        for file in storage_files(self.path):
            self._open_file(file)
        if not self._readers:
            raise SourceError("; ".join(self.problems))

    def _open_file(self, file: Path) -> None:
        try:
            self._readers.append(self._enter(file))
        except _UNREADABLE as error:
            if not (repaired := self._repaired(file)):
                self.problems.append(f"{file.name} cannot be read: {_brief(error)}")
                return
            self.problems.append(f"{file.name} is cut short: what comes before the cut is used")
            self._readers.append(repaired)

    def _repaired(self, file: Path) -> AnyReader | None:
        folder = Path(self._stack.enter_context(TemporaryDirectory()))
        try:
            repair(file, folder / file.name)
            return self._enter(folder / file.name)
        except _UNREADABLE:
            return None

    def _enter(self, path: Path) -> AnyReader:
        reader = AnyReader([path], default_typestore=typestore())
        return self._stack.enter_context(reader)


def storage_files(path: Path) -> list[Path]:
    """Return the storage files of a bag: of a folder in the order they were recorded in."""
    if path.is_file():
        return [path]
    files = [file for file in path.iterdir() if file.suffix in STORAGE_SUFFIXES]
    return sorted(files, key=lambda file: (len(file.name), file.name))


def _brief(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and "metadata" in str(error):
        return "it has no metadata.yaml"
    return str(error) or type(error).__name__
