# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames from a video, a camera, a folder of images or a bag; and an mp4 out of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from thfm_ros.frame import Frame
from thfm_ros.media.errors import SourceError

_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
_CODECS = ("libx264", "libopenh264", "mpeg4")
_CLOCK = Fraction(1, 90_000)
_NS = 1_000_000_000


def read_frames(source: str | Path, folder_fps: float = 30.0, topic: str = "") -> Iterator[Frame]:
    """Yield the frames of a source; stamps start at 0 and are nanoseconds of the source's own time.

    source:     a video file, a device (/dev/video0 or its number), a folder of images (in the order
                of their names), or a rosbag2 folder or file (stamps are then the recorded ones)
    folder_fps: frames per second that a folder of images is taken to have
    topic:      of the images of a bag; "" = the only colour camera's
    Raises SourceError before the first frame.
    """
    path = Path(source)
    if str(source).isdigit():
        path = Path(f"/dev/video{source}")
    if not path.exists():
        raise SourceError(f"{source} does not exist")
    from thfm_ros.media import bags

    if bags.is_bag(path):
        return bags.read_frames(path, topic)
    if path.is_dir():
        return _read_folder(path, folder_fps)
    return _read_container(path)


def _read_folder(folder: Path, fps: float) -> Iterator[Frame]:
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in _IMAGE_SUFFIXES)
    if not paths:
        raise SourceError(
            f"{folder} is neither a bag nor a folder with {', '.join(_IMAGE_SUFFIXES)}"
        )
    return _decode_folder(paths, fps)


def _decode_folder(paths: list[Path], fps: float) -> Iterator[Frame]:
    for index, path in enumerate(paths):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise SourceError(f"{path} cannot be decoded")
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        yield Frame(round(index * _NS / fps), rgb)


def _read_container(path: Path) -> Iterator[Frame]:
    try:
        container = av.open(str(path), format="v4l2" if path.is_char_device() else None)
    except (av.FFmpegError, OSError) as error:
        raise SourceError(f"{path} cannot be opened as a video: {error}") from error
    if not container.streams.video:
        container.close()
        raise SourceError(f"{path} has no video stream")
    return _decode_container(container)


def _decode_container(container: av.container.InputContainer) -> Iterator[Frame]:
    with container:
        start = None
        for picture in container.decode(video=0):
            seconds = picture.pts * picture.time_base
            start = seconds if start is None else start
            yield Frame(round((seconds - start) * _NS), picture.to_ndarray(format="rgb24"))


class VideoWriter:
    """Writes an mp4 whose pictures are shown at their stamps, however uneven those are.

    Use as a context manager. The first picture sets the size.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.frames = 0
        self._container: av.container.OutputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._start = self._last = 0

    def write(self, image: np.ndarray, stamp_ns: int) -> None:
        """Add a picture, uint8 [H, W, 3] RGB with even H and W, to be shown from stamp_ns on."""
        if self._stream is None:
            self._open(image, stamp_ns)
        if image.shape[:2] != (self._stream.height, self._stream.width):
            expected = (self._stream.height, self._stream.width)
            raise ValueError(f"picture is {image.shape[:2]}, this video's are {expected}")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        ticks = round((stamp_ns - self._start) * _CLOCK.denominator / _NS)
        picture.pts = self._last = max(ticks, self._last + 1) if self.frames else 0
        picture.time_base = _CLOCK
        self._container.mux(self._stream.encode(picture))
        self.frames += 1

    def close(self) -> None:
        """Finish the file; without pictures there is none."""
        if self._container is not None:
            self._container.mux(self._stream.encode())
            self._container.close()
            self._container = self._stream = None

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self, image: np.ndarray, stamp_ns: int) -> None:
        height, width = image.shape[:2]
        if height % 2 or width % 2:
            raise ValueError(f"picture is {width}x{height}, allowed are even sizes")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        codec = next(name for name in _CODECS if name in av.codecs_available)
        self._container = av.open(str(self.path), "w")
        self._stream = self._container.add_stream(codec, rate=30)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _CLOCK
        self._start = stamp_ns
