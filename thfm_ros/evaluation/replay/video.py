# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A video file or a folder of images as a recording: consistency only, nothing is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from thfm_ros.evaluation.replay.recording import Recording, Sample, rate_of
from thfm_ros.media.bags import is_bag
from thfm_ros.media.errors import SourceError
from thfm_ros.media.video import read_frames

_FIRST_STAMP_NS = 1_000_000_000


class VideoRecording:
    """The same face as Recording's, for what is not a bag."""

    expected: int | None = None

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.stamps: list[int] = []
        self.problems: list[str] = []

    def __enter__(self) -> VideoRecording:
        self._frames = read_frames(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        self._frames.close()

    def samples(self) -> Iterator[Sample]:
        """Yield the frames; stamps start at one second, because 0 means that there is none."""
        for frame in self._frames:
            self.stamps.append(frame.stamp_ns + _FIRST_STAMP_NS)
            yield Sample(type(frame)(self.stamps[-1], frame.image, frame.frame_id))

    def describe(self) -> dict:
        """Return what was read, for the report."""
        digest = hashlib.sha256()
        files = [self.path] if self.path.is_file() else sorted(self.path.iterdir())
        for file in files:
            digest.update(file.read_bytes())
        return {
            "name": self.path.name,
            "sha256": digest.hexdigest(),
            "image_topic": "",
            "references": {},
            "frames": len(self.stamps),
            "expected_frames": len(self.stamps),
            "duration_s": round((self.stamps[-1] - self.stamps[0]) * 1e-9, 6),
            "rate_hz": round(rate_of(self.stamps), 3),
            "problems": self.problems,
        }


def open_recording(
    path: Path, image: str, references: dict[str, str]
) -> Recording | VideoRecording:
    """Return the reader that fits the path; a video has no topics to choose."""
    path = Path(path)
    if is_bag(path) or not path.exists():
        return Recording(path, image, references)
    if path.is_dir() and not any(path.iterdir()):
        raise SourceError(f"{path} is empty")
    if references:
        raise ValueError(f"{path} is no bag: it has no topic to compare with")
    return VideoRecording(path)
