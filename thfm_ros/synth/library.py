# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Read an asset pack, and hand out the parts that one split may use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from thfm_ros.synth.assets.bake_motions import unpack_motions
from thfm_ros.synth.assets.licences import check_free
from thfm_ros.synth.body import Body, load_body
from thfm_ros.synth.motion.files import read_motion
from thfm_ros.synth.motion.segments import Motion
from thfm_ros.synth.render.materials import linear, tile_atlas
from thfm_ros.synth.splits import check_split, split_of
from thfm_ros.synth.things import Thing, from_baked
from thfm_ros.synth.wardrobe import Garment, load_wardrobe

MOTION_SUFFIXES = (".bvh", ".txt")


@dataclass(frozen=True)
class Panorama:
    """A linear HDR panorama [h, 2h, 3] with its light."""

    name: str
    image: np.ndarray
    harmonics: np.ndarray
    sun: np.ndarray
    sun_power: np.ndarray


@dataclass(frozen=True)
class Library:
    """What one split may draw from; empty lists mean that the pack has nothing of that kind.

    identities: numbers of the body's identities
    tiles:      numbers of tiles in the atlas
    photos:     name -> uint8 [480, 640, 3] sRGB
    wardrobe:   modelled garments; of split train alone, so that the other splits stay what they
                were before there was any
    """

    split: str
    body: Body
    identities: np.ndarray
    motions: tuple[Motion, ...]
    panoramas: tuple[Panorama, ...]
    photos: tuple[tuple[str, np.ndarray], ...]
    things: tuple[Thing, ...]
    tiles: np.ndarray
    atlas: np.ndarray
    wardrobe: tuple[Garment, ...] = ()


@lru_cache(maxsize=2)
def load_library(pack: Path, split: str, motion_folders: tuple[Path, ...] = ()) -> Library:
    """Load the parts of `split` from an asset pack and from folders of motion clips."""
    check_split(split)
    if not (pack / "body.npz").exists():
        raise FileNotFoundError(f"{pack} holds no asset pack; make one with: thfm synth assets")
    body = load_body(pack / "body.npz")
    identities = [n for n in range(body.identity_count) if split_of(f"identity-{n}") == split]
    motions = [*_packed_motions(pack), *_folder_motions(motion_folders)]
    with np.load(pack / "tiles.npz") as file:
        names, images = file["names"], file["images"]
    tiles = [k for k, name in enumerate(names) if split_of(str(name)) == split]
    return Library(
        split,
        body,
        np.array(identities),
        tuple(m for m in motions if split_of(m.source) == split),
        tuple(_panoramas(pack, split)),
        tuple(_photos(pack, split)),
        tuple(_things(pack, split)),
        np.array(tiles),
        tile_atlas(images),
        load_wardrobe(pack / "garments.npz") if split == "train" else (),
    )


def _packed_motions(pack: Path) -> list[Motion]:
    path = pack / "motions.npz"
    return unpack_motions(path) if path.exists() else []


@lru_cache(maxsize=4)
def _folder_motions(folders: tuple[Path, ...]) -> tuple[Motion, ...]:
    motions = []
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"--motions {folder} is no folder")
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in MOTION_SUFFIXES:
                check_free(path)
                motions.append(read_motion(path))
    return tuple(motions)


def _panoramas(pack: Path, split: str):
    path = pack / "panoramas.npz"
    if not path.exists():
        return
    with np.load(path) as file:
        for name in sorted({key.split("/")[0] for key in file.files}):
            if split_of(name) == split:
                sun = file[f"{name}/sun"]
                image = file[f"{name}/image"].astype(np.float32)
                yield Panorama(name, image, file[f"{name}/harmonics"], sun[0], sun[1])


def _photos(pack: Path, split: str):
    path = pack / "photos.npz"
    if not path.exists():
        return
    with np.load(path) as file:
        for name in sorted(file.files):
            if split_of(name) == split:
                yield name, linear(file[name].astype(np.float32) / 255)


def _things(pack: Path, split: str):
    path = pack / "objects.npz"
    if not path.exists():
        return
    with np.load(path) as file:
        for name in sorted({key.split("/")[0] for key in file.files}):
            if split_of(name) == split:
                parts = (file[f"{name}/{field}"] for field in ("vertices", "faces", "colours"))
                yield from_baked(name, *parts)
