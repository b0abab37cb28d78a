# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/pinned_outputs.npz: what the shipped weights answer to one made-up clip.

python tools/pin_outputs.py

The test beside it says whether a change of the code changed what the network says. Run this after
other weights were put into models/.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from thfm_ros.model.shipped import load_model
from thfm_ros.runtime.backends.program import Program

PINS = Path(__file__).resolve().parents[1] / "test" / "data" / "pinned_outputs.npz"
_SIZE, _FRAMES = (96, 64), 5


def clip() -> np.ndarray:
    """Return a bright upright shape that moves before stripes, uint8 [5, 64, 96, 3]."""
    width, height = _SIZE
    y, x = np.mgrid[:height, :width].astype(float)
    ground = 90 + 40 * np.sin(x / 7)[..., None] * (1.0, 0.6, 0.3)
    frames = []
    for frame in range(_FRAMES):
        body = ((x - 40 - frame) / 12) ** 2 + ((y - 36) / 26) ** 2 < 1
        frames.append(np.where(body[..., None], (220, 180, 150) - y[..., None], ground))
    return np.stack(frames).astype(np.uint8)


def outputs() -> dict[str, np.ndarray]:
    """Return all that the shipped weights say of the clip's newest frame, float32."""
    model = load_model("")
    with torch.inference_mode():
        seen = Program(model, model.config.tasks)(torch.from_numpy(clip()))
    return {name: values.float().numpy() for name, values in seen.items()}


def main() -> int:
    """Write the pins."""
    np.savez_compressed(PINS, **outputs())
    print(f"{PINS}: {PINS.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
