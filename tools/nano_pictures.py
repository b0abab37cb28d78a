# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Draw docs/images/nano_photos.jpg: what the shipped weights make of pictures they have not seen.

A photograph in two crops (NASA's portrait of Eileen Collins, public domain, from scikit-image) and
four clips of test/data/golden. Columns: input with landmarks, mask, normals, depth, dense pose.
--quadrupeds DIR (`thfm synth clips --look quadrupeds`) draws docs/images/nano_quadrupeds.jpg too.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from thfm_ros.clips.shards import read_clips
from thfm_ros.frame import Frame
from thfm_ros.media.overlay import draw_skeletons
from thfm_ros.model.shipped import config_of
from thfm_ros.runtime.engine import Engine, EngineConfig
from thfm_ros.runtime.stream.window import WindowPolicy
from thfm_ros.tasks import DENSE

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PANEL = (256, 192)
GOLDEN_CLIPS = (2, 4, 5, 6)
QUADRUPEDS = 4
_SHOWN = ("mask", "normals", "depth", "dense_pose")


def clips() -> list[np.ndarray]:
    """Return uint8 clips [T, H, W, 3]; a photograph is a clip that stands still."""
    portrait = data.astronaut()
    stills = [portrait[:384, :512], portrait[64:512, :448]]
    moving = [clip.rgb for clip in read_clips([ROOT / "test/data/golden/shard-00000.tar"])]
    return [np.repeat(still[None], 5, 0) for still in stills] + [moving[k] for k in GOLDEN_CLIPS]


def row(engine: Engine, clip: np.ndarray) -> np.ndarray:
    """Perceive a clip; draw its last frame and what was seen there."""
    engine.reset()
    for index, image in enumerate(clip):
        seen = engine.push(Frame(index * 66_000_000, np.ascontiguousarray(image)))
    image = cv2.resize(clip[-1], PANEL, interpolation=cv2.INTER_CUBIC)
    panels = [
        draw_skeletons(image, seen.people, PANEL[0] / clip.shape[2]),
        *(DENSE[name].picture(seen.maps[name]) for name in _SHOWN),
    ]
    return np.hstack([cv2.resize(panel, PANEL) for panel in panels])


def draw(engine: Engine, shown: list[np.ndarray], path: Path) -> None:
    """Draw a row for each clip."""
    picture = np.vstack([row(engine, clip) for clip in shown])
    cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quadrupeds", type=Path, help="folder of shards")
    args = parser.parse_args()
    engine = Engine(EngineConfig(window=WindowPolicy(config_of("").frames)))
    draw(engine, clips(), IMAGES / "nano_photos.jpg")
    if args.quadrupeds:
        animals = islice(read_clips(sorted(args.quadrupeds.glob("*.tar"))), QUADRUPEDS)
        draw(engine, [clip.rgb for clip in animals], IMAGES / "nano_quadrupeds.jpg")


if __name__ == "__main__":
    main()
