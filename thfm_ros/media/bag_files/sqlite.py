# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The .db3 files of rosbag2: whole, damaged, or with messages that are still in the log beside."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from thfm_ros.media.bag_files.channel import Channel, Record, normal_kind

LOGS = ("-wal", "-journal")
"""What SQLite keeps beside a database that was not closed: changes to make, or to undo."""


class SqliteFile:
    """See BagFile. The file itself is never changed; one with a log beside it is copied first."""

    def __init__(self, path: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self._name = path.name
        self._stack = ExitStack()
        try:
            self._connection = self._connect(path)
            self._channels = self._read_channels()
            self._count()
        except sqlite3.Error as error:
            self._stack.close()
            raise ValueError(str(error)) from error
        except BaseException:
            self._stack.close()
            raise

    @property
    def channels(self) -> list[Channel]:
        """What is in it."""
        return list(self._channels.values())

    def messages(self, topics: set[str]) -> Iterator[Record]:
        """Yield messages by time; where the file is damaged, in the order of what is left."""
        wanted = {key for key, channel in self._channels.items() if channel.topic in topics}
        for topic, time, data in self._rows(wanted):
            yield self._channels[topic], time, bytes(data)

    def close(self) -> None:
        """Let go of the file and of its copy."""
        self._stack.close()

    def _connect(self, path: Path) -> sqlite3.Connection:
        options = "immutable=1"
        logs = [Path(f"{path}{end}") for end in LOGS]
        if any(log.is_file() and log.stat().st_size for log in logs):
            try:
                path, options = self._copied(path, [log for log in logs if log.is_file()]), ""
            except OSError as error:
                self.problems.append(f"what is in the log beside {path.name} is missing: {error}")
        name = str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        connection = sqlite3.connect(f"file:{name}?{options}", uri=True)
        self._stack.callback(connection.close)
        # Without it SQLite refuses a file that is shorter than its header says.
        connection.execute("PRAGMA writable_schema=ON")
        return connection

    def _copied(self, path: Path, logs: list[Path]) -> Path:
        """SQLite takes a log into the database when it opens it: into a copy, not the recording."""
        folder = Path(self._stack.enter_context(TemporaryDirectory()))
        for file in (path, *logs):
            shutil.copyfile(file, folder / file.name)
        return folder / path.name

    def _read_channels(self) -> dict[int, Channel]:
        definitions = {}
        with suppress(sqlite3.Error):
            query = (
                "SELECT topic_type, encoded_message_definition, encoding FROM message_definitions"
            )
            definitions = {kind: rest for kind, *rest in self._connection.execute(query)}
        rows = self._connection.execute("SELECT id, name, type, serialization_format FROM topics")
        return {
            key: Channel(topic, normal_kind(kind), encoding, *definitions.get(kind, ()))
            for key, topic, kind, encoding in rows
        }

    def _count(self) -> None:
        query = "SELECT topic_id, COUNT(*) FROM messages GROUP BY topic_id"
        try:
            rows = self._connection.execute(query).fetchall()
        except sqlite3.DatabaseError:
            # How many there were is known to nobody any more.
            rows = Counter(row[1] for row in self._left(set())).items()
        for key, count in rows:
            if key in self._channels:
                self.counts[self._channels[key].topic] += count

    def _rows(self, wanted: set[int]) -> Iterator[tuple[int, int, bytes]]:
        """Yield topic, time, data; each row once."""
        seen: set[int] = set()
        marks = ", ".join("?" * len(wanted))
        query = (
            "SELECT id, topic_id, timestamp, data FROM messages "
            f"WHERE topic_id IN ({marks}) ORDER BY timestamp"
        )
        try:
            for key, *row in self._connection.execute(query, tuple(wanted)):
                seen.add(key)
                yield tuple(row)
        except sqlite3.DatabaseError:
            for _, topic, *rest in self._left(seen):
                if topic in wanted:
                    yield topic, *rest

    def _left(self, seen: set[int]) -> Iterator[tuple]:
        """Yield the rows of a damaged file, from both ends to the first page that is lost."""
        problem = f"{self._name} is cut short: what comes before the cut is used"
        if problem not in self.problems:
            self.problems.append(problem)
        query = "SELECT id, topic_id, timestamp, data FROM messages"
        seen, behind = set(seen), []
        with suppress(sqlite3.DatabaseError):
            for row in self._connection.execute(f"{query} ORDER BY id"):
                if row[0] not in seen:
                    seen.add(row[0])
                    yield row
        with suppress(sqlite3.DatabaseError):
            for (key,) in self._connection.execute("SELECT id FROM messages ORDER BY id DESC"):
                if key in seen:
                    break
                behind.append(key)
        for key in reversed(behind):
            with suppress(sqlite3.DatabaseError):
                yield from self._connection.execute(f"{query} WHERE id = ?", (key,))
