# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames from a video, a camera, images or a bag; and an mp4 out of pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from thfm_ros.camera import Resize
from thfm_ros.frame import NS_PER_S
from thfm_ros.media import bags, folders
from thfm_ros.media.containers import read_container
from thfm_ros.media.errors import SourceError
from thfm_ros.media.frames import Frames

_CODECS = ("libx264", "libopenh264", "mpeg4")
_CLOCK = Fraction(1, 90_000)
_RATE = 30
_BACK_S, _FORWARD_S = 0.5, 600.0
"""Jumps of the stamps, seconds, behind which a video begins anew: a clock that was set while
recording is hours off, and no player shows one picture for hours."""
_AS_IT_GOES = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"}
"""Fragments: a file that nobody came to close can be played to the last key frame."""


def read_frames(source: str | Path, folder_fps: float = 30.0, topic: str = "") -> Frames:
    """Return the frames of a source; stamps are nanoseconds of its own time, from 0 on.

    source:     a video file, a device (/dev/video0 or its number), an image, a folder of images (by
                their names, in which numbers count as numbers), or a rosbag2 folder or file (stamps
                are then the recorded ones)
    folder_fps: frames per second that a folder of images is taken to have
    topic:      of the images of a bag; "" = the only colour camera's
    What cannot be used is left out and counted, see Frames. Raises SourceError before the first
    frame.
    """
    path = Path(source)
    if str(source).isdigit() and not path.exists():
        path = Path(f"/dev/video{source}")
    if not path.exists():
        raise SourceError(f"{source} does not exist")
    if bags.is_bag(path):
        return bags.read_frames(path, topic)
    if path.is_dir():
        return folders.read_folder(path, folder_fps)
    if folders.is_image(path):
        return folders.read_image(path)
    return read_container(path)


class VideoWriter:
    """Writes an mp4 whose pictures are shown at their stamps, however uneven those are.

    Use as a context manager. The first picture sets the size. Stamps that jump, back or far ahead,
    begin anew behind what was written.
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
        picture.pts = self._last = self._ticks(stamp_ns) if self.frames else 0
        picture.time_base = _CLOCK
        self._container.mux(self._stream.encode(picture))
        self.frames += 1

    def fit(self, image: np.ndarray) -> np.ndarray:
        """Return a picture of any size as one of this video's, with bands where it is too small."""
        if self._stream is None or image.shape[:2] == (self._stream.height, self._stream.width):
            return image
        size = (self._stream.width, self._stream.height)
        return Resize(image.shape[1::-1], size).image_to_target(image)

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

    def _ticks(self, stamp_ns: int) -> int:
        """Return when a picture is to be shown: never before the last one."""
        ticks = round((stamp_ns - self._start) * _CLOCK.denominator / NS_PER_S)
        gap_s = (ticks - self._last) / _CLOCK.denominator
        if not -_BACK_S <= gap_s <= _FORWARD_S:
            following = self._last + _CLOCK.denominator // _RATE
            self._start -= round((following - ticks) * NS_PER_S / _CLOCK.denominator)
            ticks = following
        return max(ticks, self._last + 1)

    def _open(self, image: np.ndarray, stamp_ns: int) -> None:
        height, width = image.shape[:2]
        if height % 2 or width % 2:
            raise ValueError(f"picture is {width}x{height}, allowed are even sizes")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        codec = next(name for name in _CODECS if name in av.codecs_available)
        self._container = av.open(f"file:{self.path}", "w", options=_AS_IT_GOES)
        self._stream = self._container.add_stream(codec, rate=_RATE)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        # A fragment begins with a key frame.
        self._stream.gop_size = _RATE
        self._stream.codec_context.time_base = _CLOCK
        self._start = stamp_ns
