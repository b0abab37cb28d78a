# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Video that comes packet by packet: foxglove_msgs/CompressedVideo and FFMPEGPacket. No ROS needed.

A picture needs those before it, so every packet must be given to the decoder, in order.
"""

from __future__ import annotations

import av
import numpy as np

from thfm_ros.media.errors import ImageError

_CODECS = {
    "264": "h264",
    "265": "hevc",
    "hevc": "hevc",
    "vp9": "vp9",
    "vp8": "vp8",
    # FFmpeg's own "av1" decodes on hardware only.
    "av1": "libdav1d",
}
"""What a codec's name has in it, be it an encoder's (libx264, hevc_nvenc), and what decodes it."""


class VideoDecoder:
    """Decodes the packets of one stream; the codec is the first packet's."""

    def __init__(self) -> None:
        self._name = ""
        self._context: av.VideoCodecContext | None = None

    def decode(self, message: object, stamp_ns: int) -> list[tuple[int, np.ndarray]]:
        """Return the pictures that a packet completes: stamp and uint8 [H, W, 3] RGB, by stamps.

        ImageError where there is none: a stream can be entered at its next key frame only.
        """
        name = _format_of(message)
        if self._context is None or name != self._name:
            self._name, self._context = name, _open(name)
        packet = av.Packet(bytes(message.data))
        # So that the decoder says whose picture it gives back.
        packet.pts = stamp_ns
        try:
            pictures = self._context.decode(packet) if packet.size else []
            found = [(p.pts, p.to_ndarray(format="rgb24")) for p in pictures if not p.is_corrupt]
        except (av.FFmpegError, ValueError) as error:
            raise ImageError(f"a packet of {name} cannot be decoded") from error
        if not found:
            raise ImageError(f"a packet of {name} completes no picture (before a key frame, cut?)")
        return [(stamp_ns if pts is None else pts, image) for pts, image in found]


def _format_of(message: object) -> str:
    return message.format if hasattr(message, "format") else message.encoding


def _open(name: str) -> av.VideoCodecContext:
    # ffmpeg_image_transport appends the pixel formats: libx264;yuv420p;bgr8;bgr8
    codec = name.lower().split(";")[0]
    for part, decoder in _CODECS.items():
        if part in codec:
            context = av.CodecContext.create(decoder, "r")
            # Frames that are decoded side by side come late.
            context.thread_count = 1
            return context
    raise ImageError(f"the video is {name!r}, supported are h264, h265, vp8, vp9 and av1")
