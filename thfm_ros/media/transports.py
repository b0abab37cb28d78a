# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics of one camera, as image_transport names them."""

from __future__ import annotations

TRANSPORTS = ("compressed", "ffmpeg", "foxglove", "theora", "zstd", "compressedDepth")


def camera_of(topic: str) -> str:
    """Return the topic of a camera without its transport's part: /image for /image/compressed."""
    base, _, transport = topic.rpartition("/")
    return base if base and transport in TRANSPORTS else topic


def info_topics_of(topic: str) -> tuple[str, ...]:
    """Return where the camera_info of an image topic may be, the likeliest first."""
    beside = (name.rpartition("/")[0] for name in (camera_of(topic), topic))
    return tuple(dict.fromkeys(f"{namespace}/camera_info" for namespace in beside))
