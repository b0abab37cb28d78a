# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Compiled parts on disk, so that a node starts without compiling them, and without torch.

They are found by a hash of all that they were made of, weights and code included, and each carries
a hash of itself: another model, version, option or machine, or a damaged file, is a miss.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import thfm_ros
from thfm_ros.cpu import cpu_flags
from thfm_ros.model.shipped import find_checkpoint
from thfm_ros.versions import installed_version

_PACKAGES = ("openvino", "torch", "diffusers", "numpy")
"""What traces, compiles and calculates constants."""
_SOURCES = ("*.py", "tasks/*.py", "model/*.py", "runtime/*.py", "runtime/backends/*.py")
_KEPT = 8
"""Folders of other hashes that stay; the oldest go first. One of the nano has some 50 MB."""
_DIGEST_BYTES = 32


class PartStore:
    """The parts of one model under one set of options.

    setting: of the weights, as `find_checkpoint` takes it; options: whatever else decides
    Nothing here raises OSError: what cannot be read is missing, what cannot be written is not kept.
    """

    def __init__(self, setting: str, options: Iterable[object]) -> None:
        self._folder = _cache_folder() / _fingerprint(setting, options)

    @property
    def is_there(self) -> bool:
        """Whether anything is stored."""
        return self._folder.is_dir()

    def load(self, key: str) -> tuple[dict, bytes] | None:
        """Return what `save` was given under a key; None where that is missing or damaged."""
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        if digest != hashlib.sha256(content).digest():
            return None
        about, _, compiled = content.partition(b"\n")
        found = json.loads(about)
        return (found, compiled) if found.pop("key") == key else None

    def save(self, key: str, about: dict, compiled: bytes) -> None:
        """Keep a compiled part; another process may do the same meanwhile."""
        content = json.dumps({"key": key, **about}).encode() + b"\n" + compiled
        path = self._path(key)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            if not self.is_there:
                self._folder.mkdir(parents=True)
                self._prune()
            beside.write_bytes(hashlib.sha256(content).digest() + content)
            os.replace(beside, path)
        except OSError:
            beside.unlink(missing_ok=True) if self.is_there else None

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()[:32]

    def _prune(self) -> None:
        folders = [path for path in self._folder.parent.iterdir() if path.is_dir()]
        newest = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
        for folder in newest[_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


def _cache_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME", "")
    if not root:
        try:
            root = Path.home() / ".cache"
        except RuntimeError:  # neither HOME nor an entry in the table of users
            root = "/nonexistent"
    return Path(root) / "thfm_ros" / "parts"


def _fingerprint(setting: str, options: Iterable[object]) -> str:
    """Hash weights, code, versions, instruction sets and options."""
    found = hashlib.sha256()
    found.update(repr((tuple(options), sorted(cpu_flags()))).encode())
    for package in _PACKAGES:
        found.update(f"{package} {installed_version(package)}\n".encode())
    for path in (*_sources(), *_weights(setting)):
        content = path.read_bytes()
        found.update(f"{path.name} {len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()


def _sources() -> list[Path]:
    root = Path(thfm_ros.__file__).parent
    return sorted(path for pattern in _SOURCES for path in root.glob(pattern))


def _weights(setting: str) -> list[Path]:
    directory = find_checkpoint(setting)
    if directory is None:
        return []  # random ones: they follow from code, versions and a seed
    return sorted(p for p in directory.iterdir() if p.suffix in (".json", ".safetensors"))
