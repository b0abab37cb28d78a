# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames out of image files: one, or a folder of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from thfm_ros.frame import NS_PER_S, Frame
from thfm_ros.media.bit_depth import BitDepth
from thfm_ros.media.compressed import rgb_from_bytes
from thfm_ros.media.errors import ImageError, SourceError
from thfm_ros.media.frames import LEFT_OUT, Frames

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".avif")


def is_image(path: Path) -> bool:
    """Whether a path is called like an image and is not hidden (._photo.jpg of macOS is)."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def image_files(folder: Path) -> list[Path]:
    """Return the images of a folder, not of folders in it; frame_2 comes before frame_10.

    Links whose file is gone are among them: reading says so.
    """
    found = (path for path in folder.iterdir() if is_image(path))
    return sorted((path for path in found if path.is_file() or _is_dead(path)), key=_by_number)


def read_folder(folder: Path, fps: float) -> Frames:
    """Return the images of a folder as frames at so many per second; SourceError if it has none."""
    files = image_files(folder)
    if not any(path.is_file() for path in files):
        raise SourceError(
            f"{folder} is neither a bag nor a folder with {', '.join(IMAGE_SUFFIXES)}"
        )
    foreign = sum(path.is_file() and not is_image(path) for path in folder.iterdir())
    return Frames(str(folder), lambda skipped, problems: _read(files, fps, foreign, skipped))


def read_image(path: Path) -> Frames:
    """Return one image file as one frame."""
    return Frames(str(path), lambda skipped, problems: _read([path], 1.0, 0, skipped))


def _read(files: list[Path], fps: float, foreign: int, skipped: Counter[str]) -> Iterator[Frame]:
    if foreign:
        skipped["other files in the folder"] = foreign
    depth = BitDepth()
    for index, path in enumerate(files):
        try:
            image = rgb_from_bytes(path.read_bytes(), path.name, depth)
        except ImageError as error:
            skipped[f"{LEFT_OUT}{error}"] += 1
            continue
        except OSError as error:
            skipped[f"{LEFT_OUT}{path.name} cannot be read: {error.strerror}"] += 1
            continue
        yield Frame(round(index * NS_PER_S / fps), image)


def _is_dead(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _by_number(path: Path) -> tuple:
    """Return a key by which numbers in names count as numbers."""
    words = re.split(r"(\d+)", path.name)
    numbers = [int(word) for word in words[1::2]]
    return [x for pair in zip(words[::2], [*numbers, -1], strict=True) for x in pair], path.name
