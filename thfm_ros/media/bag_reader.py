# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recording of ROS 2 or ROS 1 as far as it can be read: whole, without metadata, or damaged."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
import zstandard

from thfm_ros.media.bag_files.channel import BagFile, Channel, decoder
from thfm_ros.media.bag_files.mcap import McapFile
from thfm_ros.media.bag_files.ros1 import Ros1File
from thfm_ros.media.bag_files.sqlite import SqliteFile
from thfm_ros.media.errors import SourceError

_FORMATS = {".mcap": McapFile, ".db3": SqliteFile, ".bag": Ros1File}
_PACKED = (".zstd", ".zst")
_UNFINISHED = ".active"
"""What ROS 1 calls a bag that it still writes."""
_INFORMATION = "rosbag2_bagfile_information"


class BagReader:
    """Reads messages in the order of their recording; use as a context manager.

    topics:   name -> message type
    counts:   name -> messages that the recording's index promises
    problems: what was wrong with the recording so far, one line each; empty = nothing is missing
    Channels that nobody asks for may be of any type and encoding. A SourceError at entry says why
    nothing at all can be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.topics: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self._problems: list[str] = []
        self._stack = ExitStack()
        self._files: list[BagFile] = []

    def __enter__(self) -> BagReader:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def problems(self) -> list[str]:
        """What was wrong so far."""
        return [*self._problems, *(line for file in self._files for line in file.problems)]

    def messages(self, topics: Iterable[str]) -> Iterator[tuple[str, int, Any]]:
        """Yield (topic, nanoseconds of recording, message); what cannot be read is a problem."""
        wanted = set(topics)
        decoders: dict[Channel, Callable[[bytes], Any] | None] = {}
        damaged: Counter[str] = Counter()
        try:
            for file in self._files:
                for channel, recorded_ns, data in file.messages(wanted):
                    if channel not in decoders:
                        decoders[channel] = self._decoder(channel)
                    if decoders[channel] is None:
                        continue
                    try:
                        message = decoders[channel](data)
                    except Exception:  # bytes of another type raise whatever they meet
                        damaged[channel.topic] += 1
                        continue
                    yield channel.topic, recorded_ns, message
        finally:
            for topic, count in damaged.items():
                self._problems.append(f"{count} messages of {topic} cannot be decoded")

    def _decoder(self, channel: Channel) -> Callable[[bytes], Any] | None:
        if channel.kind != self.topics[channel.topic]:
            kinds = f"{channel.kind}, others {self.topics[channel.topic]}: the latter are read"
            self._problems.append(f"messages of {channel.topic} are of type {kinds}")
            return None
        try:
            return decoder(channel)
        except ValueError as error:
            self._problems.append(str(error))
            return None

    def _open(self) -> None:
        if not self.path.exists():
            raise SourceError(f"{self.path} does not exist")
        promised = self._read_metadata() if self.path.is_dir() else {}
        for file in storage_files(self.path):
            self._open_file(file)
        if not self._files:
            reason = "; ".join(self.problems) or "it has no bag files"
            raise SourceError(f"{self.path} cannot be read as a bag: {reason}")
        for file in self._files:
            self._note_channels(file)
        self.counts.update(
            {topic: max(0, promised.get(topic, 0) - self.counts[topic]) for topic in self.topics}
        )

    def _note_channels(self, file: BagFile) -> None:
        for channel in file.channels:
            known = self.topics.setdefault(channel.topic, channel.kind)
            if not known:
                self.topics[channel.topic] = channel.kind
        self.counts.update(file.counts)

    def _read_metadata(self) -> dict[str, int]:
        """Return topic -> messages as metadata.yaml has them; note what is wrong with it."""
        path = self.path / "metadata.yaml"
        if not path.is_file():
            if not any(file.suffix == ".bag" for file in storage_files(self.path)):
                self._problems.append("metadata.yaml is missing: the files are read as they are")
            return {}
        try:
            about = yaml.safe_load(path.read_text(encoding="utf-8"))[_INFORMATION]
            named = {Path(name).name for name in about["relative_file_paths"]}
            promised = {
                entry["topic_metadata"]["name"]: int(entry["message_count"])
                for entry in about["topics_with_message_count"]
            }
        except (yaml.YAMLError, OSError, ValueError, LookupError, TypeError, AttributeError):
            self._problems.append("metadata.yaml is damaged: the files are read as they are")
            return {}
        there = {path.name for path in self.path.iterdir()}
        unpacked = {name.removesuffix(_PACKED[0]) for name in named} & there
        for name in sorted(named - there):
            if name.removesuffix(_PACKED[0]) not in unpacked:
                self._problems.append(f"{name} is not there, but metadata.yaml names it")
        return promised

    def _open_file(self, path: Path) -> None:
        try:
            unpacked = self._unpacked(path)
            suffix = unpacked.with_suffix("") if unpacked.suffix == _UNFINISHED else unpacked
            file = _FORMATS[suffix.suffix](unpacked)
        except (ValueError, OSError, LookupError) as error:
            reason = str(error) or type(error).__name__
            self._problems.append(f"{path.name} cannot be read: {reason}")
            return
        self._stack.callback(file.close)
        self._files.append(file)

    def _unpacked(self, path: Path) -> Path:
        """Return the file itself, or what is in it if it is compressed as a whole."""
        if path.suffix not in _PACKED:
            return path
        target = Path(self._stack.enter_context(TemporaryDirectory())) / path.stem
        with path.open("rb") as packed, target.open("wb") as file:
            try:
                with zstandard.ZstdDecompressor().stream_reader(packed) as stream:
                    shutil.copyfileobj(stream, file)
            except zstandard.ZstdError as error:
                self._problems.append(f"{path.name} is damaged: {error}")
        return target


def is_storage(path: Path) -> bool:
    """Whether a file is called like one of a recording, compressed or not."""
    name = path.name
    for end in (*_PACKED, _UNFINISHED):
        name = name.removesuffix(end)
    return Path(name).suffix in _FORMATS and not name.startswith(".")


def storage_files(path: Path) -> list[Path]:
    """Return the storage files of a recording: of a folder in the order they were recorded in."""
    if path.is_file():
        return [path]
    files = [file for file in path.iterdir() if is_storage(file) and file.is_file()]
    # What was not compressed any more when the recorder ended is there twice.
    names = {file.name for file in files}
    files = [f for f in files if not (f.suffix in _PACKED and f.stem in names)]
    return sorted(files, key=_by_number)


def _by_number(path: Path) -> tuple[list[int], str]:
    """Return a key by which recording_9.mcap comes before recording_10.mcap."""
    return [int(number) for number in re.findall(r"\d+", path.name)], path.name
