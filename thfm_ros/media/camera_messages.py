# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The image messages of one camera as frames: the same rules for all who read bags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from thfm_ros.camera import Intrinsics
from thfm_ros.frame import Frame
from thfm_ros.interfaces import COMPRESSED_VIDEO, FFMPEG_PACKET
from thfm_ros.media.bit_depth import BitDepth
from thfm_ros.media.errors import ImageError
from thfm_ros.media.frames import LEFT_OUT
from thfm_ros.media.images import rgb_from_compressed, rgb_from_message
from thfm_ros.media.intrinsics import CameraInfoError, intrinsics_from, is_rectified
from thfm_ros.media.video_messages import VideoDecoder

_STILL = {
    "sensor_msgs/msg/Image": rgb_from_message,
    "sensor_msgs/msg/CompressedImage": rgb_from_compressed,
}
IMAGE_TYPES = (*_STILL, FFMPEG_PACKET, COMPRESSED_VIDEO)
"""Of several transports of one camera the first of these is read: what was lost least."""
INFO_TYPE = "sensor_msgs/msg/CameraInfo"


class CameraMessages:
    """Makes frames of the messages of one topic, in order; counts what it leaves out in `skipped`.

    kind: type of the messages, one of IMAGE_TYPES
    info: the camera_info that holds for the messages to come; None = none is known
    """

    def __init__(self, topic: str, kind: str, skipped: Counter[str]) -> None:
        self.topic = topic
        self.info: object | None = None
        self._still = _STILL.get(kind)
        self._video = VideoDecoder()
        self._depth = BitDepth()
        self._skipped = skipped

    def stamp_ns(self, message: object, recorded_ns: int) -> int:
        """Return the stamp of a message, the time of its recording where it has none."""
        stamp = stamp_ns(message)
        if stamp == 0:
            self._skipped["images without a stamp: the time of their recording is used"] += 1
        return stamp or recorded_ns

    def frames(self, message: object, stamp: int) -> Iterator[Frame]:
        """Yield what a message completes, most often one frame."""
        try:
            pictures = self._pictures(message, stamp)
        except ImageError as error:
            self._skipped[f"{LEFT_OUT}{error}"] += 1
            return
        for moment, image in pictures:
            intrinsics = self._intrinsics(image.shape[1::-1])
            yield Frame(moment, image, frame_id(message), intrinsics)

    def _pictures(self, message: object, stamp: int) -> list[tuple[int, np.ndarray]]:
        if self._still is None:
            return self._video.decode(message, stamp)
        return [(stamp, self._still(message, self._depth))]

    def _intrinsics(self, size: tuple[int, int]) -> Intrinsics | None:
        if self.info is None:
            return None
        try:
            return intrinsics_from(self.info, size, is_rectified(self.topic))
        except CameraInfoError as error:
            self._skipped[f"frames without intrinsics: {error}"] += 1
            return None


def stamp_ns(message: object) -> int:
    """Return the stamp of a message in nanoseconds; foxglove's types have no header."""
    stamp = message.header.stamp if hasattr(message, "header") else message.timestamp
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def frame_id(message: object) -> str:
    """Return the frame that a message is in."""
    return message.header.frame_id if hasattr(message, "header") else message.frame_id
