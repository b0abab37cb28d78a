# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Room for large images: a Fast DDS profile that fits into the shared memory that is free.

A participant that finds no room for its segment gets no shared memory at all, without a word, and
large images sent best effort are lost. Docker gives a container 64 MB.
"""

from __future__ import annotations

import atexit
import os
import re
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"
FOLDER = "/dev/shm"
SEGMENT_MB = 32.0
"""What config/fastdds*.xml ask for: a dozen raw images of 1280x720."""
_PROGRAMS = 3
"""This one, the camera and somebody who listens: what a third of the room is left for."""
_SMALLEST_MB = 4.0
"""An image of 1280x720 and a little more."""
_OURS = ("fastdds.xml", "fastdds_loopback.xml")
ADVICE = "docker run --shm-size=512m or --ipc=host; else image_transport: compressed"


def room_mb(folder: str = FOLDER) -> tuple[float, float]:
    """Return how many MB of shared memory are free, and how many there are; OSError = none."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize / 2**20, state.f_blocks * state.f_frsize / 2**20


def shortage(folder: str = FOLDER) -> str:
    """Return what is wrong with the room that is free, and what to do; "" = it is enough."""
    try:
        free, size = room_mb(folder)
    except OSError as error:
        return f"shared memory is not there ({error}), large images may be lost: {ADVICE}"
    if free >= _PROGRAMS * SEGMENT_MB:
        return ""
    room = f"{folder} is small, {free:.0f} of {size:.0f} MB are free"
    return f"{room}, large images may be lost: {ADVICE}"


def segment_mb(folder: str = FOLDER) -> float:
    """Return how large a segment fits, MB; 0 = none that is worth it."""
    try:
        share = room_mb(folder)[0] / _PROGRAMS
    except OSError:
        return 0.0
    return min(SEGMENT_MB, share) if share >= _SMALLEST_MB else 0.0


_profiles = ExitStack()


@atexit.register
def forget_profile() -> None:
    """Remove the profile that was made to fit, at the end of the process."""
    _profiles.close()


@cache
def fit_profile() -> str:
    """Give this process a profile that fits, before rclpy is initialised; return `shortage()`.

    Only where the profile is one of ours: what somebody else wrote is theirs.
    """
    problem = shortage()
    given = Path(os.environ.get(PROFILE, ""))
    if problem and given.name in _OURS and given.is_file():
        text = fitted(given.read_text(encoding="utf-8"), segment_mb())
        folder = _profiles.enter_context(tempfile.TemporaryDirectory(prefix="thfm_"))
        file = Path(folder) / given.name
        file.write_text(text, encoding="utf-8")
        os.environ[PROFILE] = str(file)
    return problem


def fitted(profile: str, segment_mb: float) -> str:
    """Return one of our profiles with a segment of another size; 0 = without shared memory."""
    if not segment_mb:
        return re.sub(r"\s*<transport_id>thfm_shm</transport_id>(?=\s*<transport_id>)", "", profile)
    size = int(segment_mb * 2**20)
    for name, value in (("segment_size", size), ("maxMessageSize", min(size, 8 * 2**20))):
        profile = re.sub(f"<{name}>.*?</{name}>", f"<{name}>{value}</{name}>", profile)
    return profile
