# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Arrays of an .npz file read slice by slice: a file larger than memory can be converted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from thfm_ros.model.convert.errors import ConversionError

_VOID16 = np.dtype("V2")


@dataclass(frozen=True)
class ArrayHeader:
    """What an .npy header says. bfloat16 is stored as an opaque 2-byte type and read as uint16."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def is_bfloat16(self) -> bool:
        """Whether the bits are bfloat16."""
        return self.dtype == _VOID16

    @property
    def bits(self) -> np.dtype:
        """The type to read and transpose the bits as."""
        return np.dtype(np.uint16) if self.is_bfloat16 else self.dtype


class NpzReader:
    """The arrays of an .npz file, by name. Nothing in it is ever unpickled.

    suffix: an ending that names in the file may have and names here do not
    """

    def __init__(self, path: str | Path, suffix: str = "") -> None:
        self.path = Path(path)
        try:
            self._archive = zipfile.ZipFile(self.path)
            self._members = {
                member.removesuffix(".npy").removesuffix(suffix): member
                for member in self._archive.namelist()
                if member.endswith(".npy")
            }
            self.headers = {name: self._header(member) for name, member in self._members.items()}
        except (OSError, zipfile.BadZipFile, ValueError, EOFError) as error:
            raise ConversionError(f"{self.path} is not a readable .npz file: {error}") from error

    def rows(self, name: str) -> Iterator[np.ndarray]:
        """Yield array[0], array[1], ... with only one of them in memory."""
        header = self.headers[name]
        count = int(np.prod(header.shape[1:], dtype=np.int64))
        size = count * header.bits.itemsize
        try:
            with self._archive.open(self._members[name]) as stream:
                _read_header(stream)
                for _ in range(header.shape[0]):
                    row = stream.read(size)
                    if len(row) != size:
                        raise ConversionError(f"{self.path}: {name} is truncated")
                    yield np.frombuffer(row, header.bits).reshape(header.shape[1:])
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise ConversionError(f"{self.path}: {name} cannot be read: {error}") from error

    def array(self, name: str) -> np.ndarray:
        """Return a whole array as its bits."""
        header = self.headers[name]
        if not header.shape:
            raise ConversionError(f"{self.path}: {name} is a scalar, allowed is an array")
        return np.stack(list(self.rows(name)))

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _header(self, member: str) -> ArrayHeader:
        with self._archive.open(member) as stream:
            shape, fortran, dtype = _read_header(stream)
        if fortran and len(shape) > 1:
            raise ValueError(f"{member} is in Fortran order")
        if dtype.hasobject:
            raise ValueError(f"{member} holds Python objects")
        return ArrayHeader(shape, dtype)


def _read_header(stream) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)
