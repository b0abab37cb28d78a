# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bake HDR panoramas with their diffuse light (9 spherical harmonics) and their sun."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

import cv2
import numpy as np

from thfm_ros.synth.assets.sources import Found

BRIGHTEST = 4.0
"""Radiance above this (mean = 0.5) is taken out of the panorama and becomes the sun."""
MAX_WIDTH = 1024
COSINE_LOBE = np.array([np.pi] + [2.0944] * 3 + [0.7854] * 5)


def bake_panoramas(found: dict[str, Found], out: Path) -> dict:
    """Write panoramas.npz: image float16 [h, 2h, 3], harmonics, sun direction and power of each."""
    arrays = {}
    for name, image in _images(found):
        image, harmonics, direction, power = _light(image.astype(np.float32))
        arrays[f"{name}/image"] = image.astype(np.float16)
        arrays[f"{name}/harmonics"] = harmonics.astype(np.float32)
        arrays[f"{name}/sun"] = np.stack([direction, power]).astype(np.float32)
    for name, image in _made_up_skies():
        image, harmonics, direction, power = _light(image)
        arrays[f"{name}/image"] = image.astype(np.float16)
        arrays[f"{name}/harmonics"] = harmonics.astype(np.float32)
        arrays[f"{name}/sun"] = np.stack([direction, power]).astype(np.float32)
    np.savez_compressed(out, **arrays)
    return {"panoramas": len(arrays) // 3}


def _images(found: dict[str, Found]):
    if "blender-data" in found:
        import OpenEXR

        folder = found["blender-data"].root / "blender/datafiles/studiolights/world"
        for path in sorted(folder.glob("*.exr")):
            yield f"blender-{path.stem}", OpenEXR.File(str(path)).channels()["RGB"].pixels
    if "@pmndrs/assets" in found:
        import OpenEXR

        for path in sorted((found["@pmndrs/assets"].root / "hdri").glob("*.exr.js")):
            with tempfile.NamedTemporaryFile(suffix=".exr") as file:
                text = path.read_text()
                encoded = text[text.index("base64,") + 7 : text.rindex("'")]
                file.write(base64.b64decode(encoded))
                file.flush()
                yield f"pmndrs-{path.name[:-7]}", OpenEXR.File(file.name).channels()["RGB"].pixels


def _made_up_skies():
    """A few plain skies, so that the pack works without any panorama package."""
    rng = np.random.default_rng(7)
    height, width = 128, 256
    up = np.cos((np.arange(height) + 0.5) / height * np.pi)[:, None, None]
    for k in range(10):
        zenith = rng.uniform(0.1, 0.6, 3) + np.array([0, 0.1, 0.3])
        horizon, ground = rng.uniform(0.6, 1.1, 3), rng.uniform(0.05, 0.4, 3)
        sky = horizon + (zenith - horizon) * np.clip(up, 0, 1) ** 0.5
        image = np.where(up > 0, sky, ground) * np.ones((1, width, 1))
        clouds = cv2.resize(rng.random((9, 17)), (width, height), interpolation=cv2.INTER_CUBIC)
        image = image * (0.7 + 0.6 * clouds[..., None])
        row, column = rng.integers(8, 50), rng.integers(0, width)
        image[row : row + 3, column : column + 3] += rng.uniform(0, 400)
        yield f"sky-{k}", image.astype(np.float32)


def _light(image: np.ndarray):
    """Split a panorama into what is seen (clipped), its harmonics and its sun."""
    if image.shape[1] > MAX_WIDTH:
        image = cv2.resize(image, (MAX_WIDTH, MAX_WIDTH // 2), interpolation=cv2.INTER_AREA)
    height, width = image.shape[:2]
    polar = ((np.arange(height) + 0.5) / height * np.pi)[:, None]
    around = ((np.arange(width) + 0.5) / width * 2 * np.pi)[None]
    x, y = np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around)
    z = np.cos(polar) * np.ones_like(around)
    area = np.sin(polar) * np.ones_like(around) * (np.pi / height) * (2 * np.pi / width)
    image = np.maximum(image, 0)
    luminance = image.mean(-1)
    mean = np.sum(luminance.clip(0, np.percentile(luminance, 99)) * area) / (4 * np.pi)
    image = image * (0.5 / (mean + 1e-6))
    luminance = image.mean(-1)
    excess_share = np.where(luminance > BRIGHTEST, 1 - BRIGHTEST / luminance.clip(1e-6), 0)
    excess = excess_share[..., None] * image
    basis = np.stack(
        [
            0.2821 * np.ones_like(x),
            0.4886 * y,
            0.4886 * z,
            0.4886 * x,
            1.0925 * x * y,
            1.0925 * y * z,
            0.3154 * (3 * z * z - 1),
            1.0925 * x * z,
            0.5463 * (x * x - y * y),
        ],
        -1,
    )
    harmonics = np.einsum("hwk,hwc,hw->kc", basis, image - excess, area)
    harmonics *= COSINE_LOBE[:, None] / np.pi
    brightest = (excess.mean(-1) if excess.sum() > 0 else luminance**4) * area
    direction = np.array([(brightest * axis).sum() for axis in (x, y, z)])
    direction /= np.linalg.norm(direction) + 1e-9
    power = (excess * area[..., None]).sum((0, 1)) / np.pi
    return np.minimum(image, 60000.0), harmonics, direction, power
