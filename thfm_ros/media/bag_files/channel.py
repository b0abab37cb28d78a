# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What all formats have in common: channels, and how their messages are decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol

import zstandard
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from thfm_ros.interfaces import typestore

CDR, ROS1 = "cdr", "ros1"
_MSG, _IDL = ("ros2msg", "ros1msg"), ("ros2idl", "omgidl")
_IDL_PART = "=" * 80 + "\n"
_ZSTD = b"\x28\xb5\x2f\xfd"
_UPPER_CASE = "DKRP"


@dataclass(frozen=True)
class Channel:
    """The messages of one topic and type in one file.

    kind:       type of the messages, as sensor_msgs/msg/Image
    encoding:   of the messages; CDR and ROS1 are read
    definition: text of the type's definition, "" = the file has none
    language:   of the definition
    """

    topic: str
    kind: str
    encoding: str = CDR
    definition: str = ""
    language: str = "ros2msg"


Record = tuple[Channel, int, bytes]
"""Channel, nanoseconds of recording, the message's bytes."""


class BagFile(Protocol):
    """One storage file. Raises ValueError or OSError when nothing of it can be read.

    channels: what is in it
    counts:   topic -> messages
    problems: what is missing of it so far, one line each
    """

    channels: list[Channel]
    counts: Counter[str]
    problems: list[str]

    def messages(self, topics: set[str]) -> Iterator[Record]:
        """Yield the messages of some topics in the order of their recording."""

    def close(self) -> None:
        """Let go of the file."""


def normal_kind(name: str) -> str:
    """Return a type's name as ROS 2 writes it: sensor_msgs/msg/Image for sensor_msgs/Image."""
    package, _, kind = name.partition("/")
    return f"{package}/msg/{kind}" if kind and "/" not in kind else name


def decoder(channel: Channel) -> Callable[[bytes], Any]:
    """Return what makes messages of a channel's bytes; ValueError says why that is impossible."""
    if channel.encoding not in (CDR, ROS1):
        raise ValueError(
            f"{channel.topic} is {channel.encoding or 'of no encoding'}, allowed is {CDR} or {ROS1}"
        )
    store = _store_of(channel)
    if channel.encoding == ROS1:
        return lambda data: _lower_case(store.deserialize_ros1(data, channel.kind))
    return lambda data: store.deserialize_cdr(_unpacked(data), channel.kind)


def _unpacked(data: bytes) -> bytes:
    """Return a message's bytes; CDR begins with 0, what is compressed one by one does not."""
    if not data.startswith(_ZSTD):
        return data
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def _store_of(channel: Channel):
    """Return the types by which a channel was written: the file's own, else those known here."""
    known = typestore()
    if channel.definition:
        try:
            types = _types_from(channel)
        except Exception as error:  # the parser of definitions raises what it likes
            if channel.kind not in known.types:
                reason = f"the definition of {channel.kind} on {channel.topic} is not read: {error}"
                raise ValueError(reason) from error
        else:
            own = get_typestore(Stores.EMPTY)
            own.register(types)
            return own
    if channel.kind not in known.types:
        raise ValueError(f"the type {channel.kind} of {channel.topic} is not known, nor in the bag")
    return known


def _types_from(channel: Channel) -> dict:
    if channel.language in _MSG:
        return get_types_from_msg(channel.definition, channel.kind)
    if channel.language not in _IDL:
        raise ValueError(f"its language is {channel.language!r}")
    types = {}
    if not channel.definition.startswith(f"{_IDL_PART}IDL: "):
        return get_types_from_idl(channel.definition)
    for part in channel.definition.split(_IDL_PART)[1:]:
        types.update(get_types_from_idl(part.split("\n", 1)[1]))
    return types


def _lower_case(message: object) -> object:
    """Return a message with ROS 2's names: ROS 1 wrote CameraInfo's matrices in capitals."""
    if not all(hasattr(message, name) for name in _UPPER_CASE):
        return message
    return SimpleNamespace(**vars(message), **{n.lower(): getattr(message, n) for n in _UPPER_CASE})
