# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A folder of shards, read by random access."""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from thfm_ros.clips.clip import StoredClip
from thfm_ros.clips.shards import decode_stored


@dataclass(frozen=True)
class ClipFiles:
    """Where one clip's files lie in its shard: name -> (offset, size) in bytes."""

    shard: Path
    key: str
    files: dict[str, tuple[int, int]]

    def read(self, name: str) -> bytes:
        """Return the bytes of one file."""
        offset, size = self.files[name]
        with self.shard.open("rb") as stream:
            stream.seek(offset)
            return stream.read(size)


class ShardFolder:
    """All clips of a folder of `.tar` shards. Shards that are still being written are not seen."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)
        self.shards = sorted(self.directory.glob("*.tar"))
        if not self.shards:
            raise ValueError(
                f"{self.directory} holds no .tar shards; make some with `thfm synth clips`"
            )
        self.clips = [clip for shard in self.shards for clip in _index(shard)]

    def keep(self, shards: int) -> None:
        """Keep the first so many shards only."""
        self.shards = self.shards[:shards]
        self.clips = [clip for clip in self.clips if clip.shard in self.shards]

    def keep_people(self, most: int) -> None:
        """Keep the clips that show so many people at most."""
        self.clips = [
            c for c in self.clips if len(json.loads(c.read("json"))["identities"]) <= most
        ]

    def __len__(self) -> int:
        return len(self.clips)

    def fingerprint(self) -> str:
        """Return a hash of the shards' names and sizes, to record what a model was trained on."""
        text = "".join(f"{s.name} {s.stat().st_size}\n" for s in self.shards)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def load(self, index: int, frames: slice = slice(None)) -> StoredClip:
        """Decode some frames of one clip."""
        return decode_stored(self.clips[index].read, frames)

    def length(self, index: int) -> int:
        """Return how many frames a clip has, without decoding it."""
        return sum(name.endswith(".jpg") for name in self.clips[index].files)


def _index(shard: Path) -> list[ClipFiles]:
    clips: dict[str, dict[str, tuple[int, int]]] = {}
    with tarfile.open(shard) as archive:
        for member in archive:
            key, _, name = member.name.partition(".")
            clips.setdefault(key, {})[name] = (member.offset_data, member.size)
    return [ClipFiles(shard, key, files) for key, files in clips.items()]
