# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bake texture tiles (cloth, walls, floors) and whole photographs (backgrounds)."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.synth.assets.sources import Found

TILE_SIZE = 128
TILE_COUNT = 400
PHOTO_SIZE = (640, 480)
PERSON_LIKE = re.compile(
    r"male|female|boy|girl|mannequin|man\b|woman|teddy|doll|face|head|dog|cat/|deer|horse|siamese|bulldog",
    re.IGNORECASE,
)
_TEXTURES = ("grass.png", "gravel.png", "brick.png")
_PHOTOS = ("coffee.png", "rocket.jpg", "chelsea.png")


def bake_tiles(found: dict[str, Found], out: Path) -> dict:
    """Write tiles.npz: images uint8 [N, 128, 128, 3] sRGB with names."""
    rng = np.random.default_rng(0)
    tiles: list[tuple[str, np.ndarray]] = []
    for name, image, crops in _texture_images(found):
        tiles += [(name, crop) for crop in _random_crops(rng, image, crops)]
    tiles += [(f"noise-{k}", _noise_tile(rng)) for k in range(max(80, TILE_COUNT - len(tiles)))]
    order = rng.permutation(len(tiles))[:TILE_COUNT]
    names = np.array([tiles[k][0] for k in order])
    np.savez_compressed(out, names=names, images=np.stack([tiles[k][1] for k in order]))
    return {"tiles": len(names)}


def bake_photos(found: dict[str, Found], out: Path) -> dict:
    """Write photos.npz: photographs without people, uint8 [480, 640, 3] sRGB each."""
    photos = {}
    if "scikit-image" in found:
        for name in _PHOTOS:
            path = found["scikit-image"].root / "data" / name
            if path.exists():
                photos[f"skimage-{path.stem}"] = cv2.imread(str(path))
    fitted = {name: _fit(image)[..., ::-1] for name, image in photos.items() if image is not None}
    np.savez_compressed(out, **fitted)
    return {"photos": len(fitted)}


def _texture_images(found: dict[str, Found]):
    if "scikit-image" in found:
        for name in (*_TEXTURES, *_PHOTOS):
            path = found["scikit-image"].root / "data" / name
            if path.exists():
                yield f"skimage-{path.stem}", cv2.imread(str(path)), 3
    if "sweethome3d-furniture" in found:
        folder = found["sweethome3d-furniture"].root / "sweethome3d/furniture"
        for library in ("BlendSwap-CC-0", "KatorLegaz", "Scopia", "BlendSwap-CC-BY"):
            with zipfile.ZipFile(folder / f"{library}.sh3f") as archive:
                for name in archive.namelist():
                    if name.lower().endswith(".jpg") and not PERSON_LIKE.search(name):
                        image = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), 1)
                        yield f"{library}-{Path(name).stem}", image, 1


def _random_crops(rng: np.random.Generator, image: np.ndarray | None, count: int):
    if image is None or min(image.shape[:2]) < 64:
        return
    height, width = image.shape[:2]
    for _ in range(count):
        size = int(min(height, width) * rng.uniform(0.35, 1.0))
        top, left = rng.integers(0, height - size + 1), rng.integers(0, width - size + 1)
        crop = image[top : top + size, left : left + size, :3]
        tile = cv2.resize(crop, (TILE_SIZE, TILE_SIZE), interpolation=cv2.INTER_AREA)
        if tile.std() > 4:
            yield tile[..., ::-1]


def _noise_tile(rng: np.random.Generator) -> np.ndarray:
    """Cloud, weave or plank patterns in one random colour pair, for machines with PyPI alone."""
    octaves = np.zeros((TILE_SIZE, TILE_SIZE))
    stretch = rng.choice([1, 1, 8])
    for octave in range(2, 7):
        grid = rng.random((2**octave, max(2, 2**octave // stretch)))
        grid = np.pad(grid, ((0, 1), (0, 1)), mode="wrap")
        octaves += cv2.resize(grid, (TILE_SIZE, TILE_SIZE), interpolation=cv2.INTER_CUBIC) / octave
    octaves = (octaves - octaves.min()) / np.ptp(octaves)
    first, second = (rng.uniform(30, 225) + rng.normal(0, 25, 3) for _ in range(2))
    second = (0.6 * first + 0.4 * second) if rng.random() < 0.6 else second
    tile = first + octaves[..., None] * (second - first)
    if rng.random() < 0.4:
        tile[:: int(rng.choice([16, 32, 64]))] *= 0.6
    return np.clip(tile, 0, 255).astype(np.uint8)


def _fit(image: np.ndarray) -> np.ndarray:
    width, height = PHOTO_SIZE
    scale = max(width / image.shape[1], height / image.shape[0])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    image = cv2.resize(image[..., :3], size, interpolation=cv2.INTER_AREA)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]
