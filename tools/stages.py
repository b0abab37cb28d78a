# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write test/data/stages.npz: ground truth of people who cross, hide, leave and come back.

python tools/stages.py

The people are those of test/data/small_body.npz. Of each scene of thfm_ros.synth.stage it holds
times [T] (seconds), intrinsics [4] (fx fy cx cy), instance uint8 [T, H, W] (1.. = person), depth
uint16 [T, H, W] (centimetres, on people), pixels int16 [T, P, 33, 2] (sixty-fourths of a pixel),
landmarks int16 [T, P, 33, 3] (millimetres, optical frame) and state uint8 [T, P, 33].
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from thfm_ros.clips.clip import Clip
from thfm_ros.synth.assets.bake_panoramas import bake_panoramas
from thfm_ros.synth.assets.bake_tiles import bake_tiles
from thfm_ros.synth.library import load_library
from thfm_ros.synth.stage import STAGES, make_stage

DATA = Path(__file__).resolve().parents[1] / "test" / "data"
SIZE = (128, 96)


def truth_of(clip: Clip) -> dict[str, np.ndarray]:
    """Return what the tests need of a clip, in few bytes."""
    people = clip.mask > 127
    return {
        "times": clip.times,
        "intrinsics": clip.intrinsics[0],
        "instance": np.where(people, clip.instance, 0).astype(np.uint8),
        "depth": np.where(people, np.rint(clip.depth * 100), 0).astype(np.uint16),
        "pixels": np.rint(clip.landmarks2d * 64).astype(np.int16),
        "landmarks": np.rint(clip.landmarks3d * 1000).astype(np.int16),
        "state": clip.landmark_state,
    }


def main() -> int:
    """Render every stage; the same people, wherever it runs."""
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder)
        shutil.copy(DATA / "small_body.npz", pack / "body.npz")
        bake_tiles({}, pack / "tiles.npz")
        bake_panoramas({}, pack / "panoramas.npz")
        library = load_library(pack, "train")
        truths = {name: truth_of(make_stage(library, name, SIZE)) for name in STAGES}
    arrays = {f"{name}/{field}": a for name, truth in truths.items() for field, a in truth.items()}
    np.savez_compressed(DATA / "stages.npz", **arrays)
    print(f"{DATA / 'stages.npz'}: {(DATA / 'stages.npz').stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
