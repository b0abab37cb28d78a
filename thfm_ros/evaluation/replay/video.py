# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A video file or a folder of images as a recording: consistency only, nothing is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from thfm_ros.evaluation.replay.recording import Recording, Sample, rate_of
from thfm_ros.media.bags import is_bag
from thfm_ros.media.errors import SourceError
from thfm_ros.media.folders import image_files
from thfm_ros.media.video import read_frames
from thfm_ros.runtime.stream.intake import admitted

_FIRST_STAMP_NS = 1_000_000_000


class VideoRecording:
    """The same face as Recording's, for what is not a bag."""

    expected: int | None = None

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.stamps: list[int] = []

    def __enter__(self) -> VideoRecording:
        self._frames = read_frames(self.path)
        return self

    def __exit__(self, *_: object) -> None:
        self._frames.close()

    @property
    def problems(self) -> list[str]:
        """What is missing, one line each; empty = all of it was read."""
        return self._frames.problems

    def samples(self) -> Iterator[Sample]:
        """Yield the frames; stamps start at one second, because 0 means that there is none."""
        for taken in admitted(self._frames, lambda f: f.stamp_ns, self._frames.skipped):
            frame = taken.item
            self.stamps.append(frame.stamp_ns + _FIRST_STAMP_NS)
            yield Sample(
                replace(frame, stamp_ns=self.stamps[-1]), reset=taken.reset, shift_ns=taken.shift_ns
            )

    def describe(self) -> dict:
        """Return what was read, for the report."""
        digest = hashlib.sha256()
        for file in image_files(self.path) if self.path.is_dir() else [self.path]:
            # A device has no content that could be read again.
            if file.is_file():
                digest.update(file.read_bytes())
        gaps = np.diff(self.stamps)
        return {
            "name": self.path.name,
            "sha256": digest.hexdigest(),
            "image_topic": "",
            "references": {},
            "frames": len(self.stamps),
            "expected_frames": len(self.stamps),
            "duration_s": round(float(gaps[gaps > 0].sum()) * 1e-9, 6),
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
