# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames out of video files and devices: as many as can be decoded, upright, with stamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.sidedata.sidedata import Type

from thfm_ros.frame import NS_PER_S, Frame
from thfm_ros.media.errors import SourceError
from thfm_ros.media.frames import LEFT_OUT, Frames

_USUAL_RATE = 25
"""Frames per second of a stream that tells none, as FFmpeg takes it for elementary streams."""
_PATIENCE = 100
"""Errors in a row, with no packet between them, after which nothing more is to be expected."""
_SHORT_S = 0.5
"""Seconds by which a file may end before it says that it does."""
_UNUSABLE = (av.FFmpegError, ValueError, OSError)


def read_container(path: Path) -> Frames:
    """Return the frames of a video file or device; SourceError if it cannot be opened.

    A packet or picture that is damaged costs itself only. Stamps start at 0. Pictures are turned as
    the file's display matrix says.
    """
    container = _open(path)
    if not container.streams.video:
        container.close()
        raise SourceError(f"{path} has no video stream")
    return Frames(str(path), lambda skipped, problems: _decode(container, skipped, problems))


def _open(path: Path) -> av.container.InputContainer:
    device = path.is_char_device()
    # Without the prefix FFmpeg takes what stands before a colon for a protocol.
    name = str(path) if device else f"file:{path}"
    try:
        return av.open(name, format="v4l2" if device else None, metadata_errors="replace")
    except _UNUSABLE as error:
        raise SourceError(f"{path} cannot be opened as a video: {error}") from error


def _decode(
    container: av.container.InputContainer, skipped: Counter[str], problems: list[str]
) -> Iterator[Frame]:
    with container:
        # A cover picture is a video stream, too.
        stream = container.streams.best("video")
        clock, count = _Clock(stream), 0
        for picture in _pictures(container, stream, skipped):
            count += 1
            stamp_ns = clock.stamp_ns(picture)
            if picture.is_corrupt:
                # What was lost is filled in with grey or with the picture before.
                skipped[f"{LEFT_OUT}damaged"] += 1
                continue
            try:
                image = picture.to_ndarray(format="rgb24")
            except _UNUSABLE as error:
                skipped[f"{LEFT_OUT}{picture.format.name} cannot be converted: {error}"] += 1
                continue
            yield Frame(stamp_ns, upright(image, _display_matrix(picture)))
        lacking = stream.frames - count - skipped[f"{LEFT_OUT}cannot be decoded"]
        if lacking > 0:
            problems.append(f"{lacking} images that the file promises are not in it")
        elif (missing_s := _length_s(container, stream) - clock.end_s) > _SHORT_S:
            problems.append(f"the last {missing_s:.1f} s that the file promises are not in it")


def _pictures(
    container: av.container.InputContainer, stream: av.VideoStream, skipped: Counter[str]
) -> Iterator[av.VideoFrame]:
    packets, errors = container.demux(stream), 0
    while errors < _PATIENCE:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except _UNUSABLE:
            errors += 1
            skipped["errors while reading"] += 1
            packets = container.demux(stream)
            continue
        errors = 0
        try:
            pictures = packet.decode()
        except _UNUSABLE:
            # The packet that flushes the decoder holds no picture.
            skipped[f"{LEFT_OUT}cannot be decoded"] += packet.size > 0
            continue
        yield from pictures


def _length_s(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    """Return how long the file says that its pictures last; 0 = it does not say."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    alone = len(container.streams) == 1 and container.duration is not None
    return container.duration / av.time_base if alone else 0.0


class _Clock:
    """Nanoseconds from 0 on; a picture without a time of its own comes a period after the last."""

    def __init__(self, stream: av.VideoStream) -> None:
        rate = stream.average_rate or stream.guessed_rate or _USUAL_RATE
        self._period_ns = round(NS_PER_S / rate)
        self._start_ns: int | None = None
        self._last_ns = -self._period_ns

    @property
    def end_s(self) -> float:
        """When the newest picture ends, in seconds."""
        return (self._last_ns + self._period_ns) / NS_PER_S

    def stamp_ns(self, picture: av.VideoFrame) -> int:
        if picture.pts is None:
            stamp = self._last_ns + self._period_ns
        else:
            time = round(picture.pts * picture.time_base * NS_PER_S)
            if self._start_ns is None:
                self._start_ns = time - self._last_ns - self._period_ns
            # Before the start: the time began anew, and so does ours.
            self._start_ns = min(self._start_ns, time)
            stamp = time - self._start_ns
        self._last_ns = stamp
        return stamp


def _display_matrix(picture: av.VideoFrame) -> np.ndarray:
    """Return where x and y of a picture point to when it is shown, 2x2 of -1, 0 and 1."""
    data = picture.side_data.get(Type.DISPLAYMATRIX)
    if data is None:
        return np.eye(2, dtype=int)
    matrix = np.frombuffer(bytes(data), np.int32).reshape(3, 3)[:2, :2]
    return np.rint(matrix / max(np.abs(matrix).max(), 1)).astype(int)


def upright(image: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Turn and mirror an image [H, W, 3] as a display matrix of quarter turns says.

    shown: [2, 2]; row 0 is where x points to when the picture is shown, row 1 where y does
    """
    (a, b), (c, d) = shown
    if abs(b) > abs(a):
        image, a, d = image.swapaxes(0, 1), c, b
    if a < 0:
        image = image[:, ::-1]
    if d < 0:
        image = image[::-1]
    return np.ascontiguousarray(image)
