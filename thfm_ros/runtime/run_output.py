# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What `thfm run` writes, as it goes: whatever ends it, what was seen until then is there."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

from thfm_ros.frame import Frame
from thfm_ros.media import mosaic
from thfm_ros.media.frames import Frames
from thfm_ros.media.video import VideoWriter
from thfm_ros.model.shipped import config_of, weights_title
from thfm_ros.perception import Perception

_SUMMARY_EVERY_S = 5.0


class RunOutput:
    """Writes overlay.mp4, people.jsonl and summary.json into a folder; use as a context manager.

    source: what is perceived; the summary says what was left out of it
    """

    def __init__(self, folder: Path, checkpoint: str, source: Frames) -> None:
        self._folder, self._source = folder, source
        self._weights = weights_title(checkpoint)
        self._untrained = not config_of(checkpoint).trained
        self._video = VideoWriter(folder / "overlay.mp4")
        self._frames = 0
        self._milliseconds: list[float] = []
        self._complete = False
        self._summarised = time.monotonic()

    def __enter__(self) -> RunOutput:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._people = (self._folder / "people.jsonl").open("w", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._video.close()
        self._people.close()
        if self._frames:
            self._write_summary()

    def add(self, frame: Frame, result: Perception | None) -> None:
        """Write what was seen in a frame; None = no inference was due."""
        self._frames += 1
        if result is None:
            return
        self._milliseconds.append(result.times.inference)
        banner = "UNTRAINED WEIGHTS" if self._untrained else ""
        caption = f"{result.backend}  {result.times.inference:.0f} ms"
        picture = mosaic.draw(frame, result, banner, caption)
        self._video.write(self._video.fit(picture), frame.stamp_ns)
        self._people.write(json.dumps(_people(result)) + "\n")
        self._people.flush()
        if time.monotonic() - self._summarised > _SUMMARY_EVERY_S:
            self._write_summary()

    def complete(self) -> None:
        """Note that the source was read to its end, or to the frame that was asked for."""
        self._complete = True

    @property
    def summary(self) -> dict:
        """What was perceived, and what was left out by reason."""
        times = self._milliseconds
        return {
            "checkpoint": self._weights,
            "untrained": self._untrained,
            "complete": self._complete,
            "frames": self._frames,
            "inferences": len(times),
            "inference_ms_p50": round(float(np.median(times)), 2) if times else None,
            "skipped": dict(self._source.skipped),
            "problems": self._source.problems,
        }

    def _write_summary(self) -> None:
        self._summarised = time.monotonic()
        text = json.dumps(self.summary, indent=2) + "\n"
        unfinished = self._folder / "summary.json.tmp"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self._folder / "summary.json")


def _people(result) -> dict:
    """Return one frame's people as JSON values; NaN becomes null."""
    return {
        "stamp_ns": result.stamp_ns,
        "people": [
            {
                "id": person.id,
                "track_state": person.track_state.name,
                "score": round(person.score, 4),
                "box": person.box,
                "pixels": _numbers(person.pixels, 2),
                "relative": _numbers(person.relative, 4),
                "confidence": _numbers(person.confidence, 3),
            }
            for person in result.people
        ],
    }


def _numbers(values: np.ndarray, digits: int) -> list:
    rounded = np.round(values.astype(np.float64), digits)
    return np.where(np.isfinite(rounded), rounded, None).tolist()
