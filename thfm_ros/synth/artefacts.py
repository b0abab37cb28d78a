# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a cheap camera does to linear light: exposure, colour, flicker, blur, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

GREY_WEIGHTS = np.full(3, 1 / 3, np.float32)
GREY_SHARE, MOTION_BLUR_SHARE = 0.04, 0.06


@dataclass(frozen=True)
class CameraLook:
    """One camera's habits, drawn once a clip.

    exposure, white_balance [3], saturation, gamma: from linear light to the picture
    vignette:      how much darker the corners are, 0..1
    blur:          sigma of the lens blur in pixels, 0 = none
    noise:         sigma of the noise at full light, 0..1
    jpeg:          JPEG quality, 0 = none
    flicker:       share by which lamps dim rows of a rolling shutter; period in rows
    shutter_s:     exposure time that moving things smear over, 0 = sharp
    """

    exposure: float
    white_balance: np.ndarray
    saturation: float
    gamma: float
    vignette: float
    blur: float
    noise: float
    jpeg: int
    flicker: float
    flicker_rows: float
    shutter_s: float
    grey: bool


def draw_look(rng: np.random.Generator) -> CameraLook:
    """Draw a camera's habits."""
    return CameraLook(
        exposure=float(np.exp(rng.normal(0, 0.27))),
        white_balance=(1 + rng.normal(0, 0.06, 3)).astype(np.float32),
        saturation=float(rng.uniform(0.55, 1.2)),
        gamma=float(rng.uniform(1.9, 2.5)),
        vignette=float(rng.choice([0.0, rng.uniform(0.05, 0.35)])),
        blur=float(rng.choice([0, 0, 0.5, 0.8, 1.2])),
        noise=float(rng.uniform(0, 0.03)) if rng.random() < 0.8 else 0.0,
        jpeg=int(rng.integers(35, 98)) if rng.random() < 0.65 else 0,
        flicker=float(rng.uniform(0.02, 0.1)) if rng.random() < 0.15 else 0.0,
        flicker_rows=float(rng.uniform(25, 200)),
        shutter_s=float(rng.uniform(0.008, 0.035)) if rng.random() < MOTION_BLUR_SHARE else 0.0,
        grey=bool(rng.random() < GREY_SHARE),
    )


CLEAN = CameraLook(1.0, np.ones(3, np.float32), 1.0, 2.2, 0, 0, 0, 0, 0, 100.0, 0, False)
"""A camera without habits."""


def auto_exposure(colour: np.ndarray, mask: np.ndarray) -> float:
    """Return the gain that a camera would settle on, for the light parts and for people."""
    light = colour[::2, ::2] @ GREY_WEIGHTS
    level = float(np.percentile(light, 65))
    people = mask[::2, ::2] > 127
    if people.sum() > 20:
        level = 0.6 * level + 0.4 * float(light[people].mean())
    return 0.42 / (level + 1e-3)


def develop(
    colour: np.ndarray, gain: float, look: CameraLook, rng: np.random.Generator
) -> np.ndarray:
    """Turn linear light float32 [H, W, 3] into a picture uint8 [H, W, 3]."""
    height, width = colour.shape[:2]
    picture = np.minimum(colour * np.float32(gain * look.exposure), 20.0) * look.white_balance
    if look.vignette:
        picture *= _vignette(height, width, look.vignette)
    if look.flicker:
        rows = np.arange(height) / look.flicker_rows + rng.random()
        picture *= (1 + look.flicker * np.sin(2 * np.pi * rows)).astype(np.float32)[:, None, None]
    luma = (picture @ GREY_WEIGHTS)[..., None]
    picture = np.maximum(
        luma + (picture - luma) * np.float32(0.0 if look.grey else look.saturation), 0
    )
    picture = np.minimum(picture * (1 + picture / 6) / (1 + picture) * np.float32(1.25), 1.0)
    picture = cv2.pow(picture.astype(np.float32), 1 / look.gamma)
    if look.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), look.blur)
    if look.noise:
        grain = rng.standard_normal(
            picture.shape[:2] + ((1,) if look.grey else (3,)), dtype=np.float32
        )
        picture = picture + grain * np.float32(look.noise) * (0.5 + 0.5 * picture)
    picture = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    if look.jpeg:
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, look.jpeg])[1]
        picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return picture


def _vignette(height: int, width: int, strength: float) -> np.ndarray:
    y = (np.arange(height) / height - 0.5)[:, None]
    x = (np.arange(width) / width - 0.5)[None]
    return (1 - strength * 2 * (x * x + y * y)).astype(np.float32)[..., None]
