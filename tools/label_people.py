# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Label people in photographs: draw enlarged crops to look at, merge two independent labelings.

python tools/label_people.py draw BOXES.yaml --pictures DIR [DIR ...] --out CROPS
python tools/label_people.py merge BOXES.yaml FIRST.yaml SECOND.yaml --out MERGED.yaml

BOXES.yaml is a list of people: name, picture (frame: of a video), box: [x, y, width, height] in
pixels of the picture. A labeling is {name: {landmark: [x, y]}} in the same pixels, made by looking
at the crops alone. Left and right are the person's own; what is hidden or unclear is left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import yaml
from photographs import read_picture

from thfm_ros import skeleton

_MARGIN = 1.25
"""How much larger than the person's box a crop is."""
_LONGER_EDGE = 1000
"""Pixels of a drawn crop."""
_LINES = 10
"""Grid lines along the longer edge."""
_AGREED = 0.05
"""Share of the box's longer edge: labels further apart are dropped."""


def main() -> None:
    """Draw or merge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    actions = parser.add_subparsers(dest="action", required=True)
    draw = actions.add_parser("draw", help="enlarged crops with a grid in pixels of the picture")
    draw.add_argument("--pictures", nargs="+", type=Path, required=True, help="folders")
    merge = actions.add_parser("merge", help="the mean of two labelings where they agree")
    for one in (draw, merge):
        one.add_argument("boxes", type=Path)
        one.add_argument("--out", type=Path, required=True)
    merge.add_argument("labelings", nargs=2, type=Path)
    args = parser.parse_args()
    people = yaml.safe_load(args.boxes.read_text())
    if args.action == "draw":
        args.out.mkdir(parents=True, exist_ok=True)
        for person in people:
            image = read_picture(person["picture"], person.get("frame", 0), args.pictures)
            cv2.imwrite(str(args.out / f"{person['name']}.png"), draw_crop(image, person["box"]))
        return
    first, second = (yaml.safe_load(path.read_text()) for path in args.labelings)
    merged = [
        {
            **person,
            "landmarks": agreed(first[person["name"]], second[person["name"]], person["box"]),
        }
        for person in people
        if person["name"] in first and person["name"] in second
    ]
    args.out.write_text(yaml.safe_dump(merged, sort_keys=False, width=120, default_flow_style=None))
    kept = sum(len(person["landmarks"]) for person in merged)
    given = sum(len(set(first[p["name"]]) | set(second[p["name"]])) for p in merged)
    print(f"{len(merged)} people, {kept} landmarks; {given - kept} were in one only, or far apart")


def draw_crop(image: np.ndarray, box: list[float]) -> np.ndarray:
    """Return BGR uint8 of the surroundings of a box, with a grid labelled in source pixels."""
    x, y, width, height = box
    low = np.floor((x - width * (_MARGIN - 1) / 2, y - height * (_MARGIN - 1) / 2))
    high = np.ceil((x + width * (_MARGIN + 1) / 2, y + height * (_MARGIN + 1) / 2))
    low = np.clip(low, 0, None).astype(int)
    high = np.minimum(high, image.shape[1::-1]).astype(int)
    part = image[low[1] : high[1], low[0] : high[0], ::-1]
    scale = _LONGER_EDGE / max(part.shape[:2])
    drawn = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    step = max(1, round(max(high - low) / _LINES))
    for axis in (0, 1):
        for value in range(int(low[axis] // step + 1) * step, int(high[axis]), step):
            at = round((value + 0.5 - low[axis]) * scale)
            line = ((at, 0), (at, drawn.shape[0])) if axis == 0 else ((0, at), (drawn.shape[1], at))
            cv2.line(drawn, *line, (0, 255, 255), 1)
            spot = (at + 2, 14) if axis == 0 else (2, at - 3)
            for colour, thick in (((0, 0, 0), 3), ((0, 255, 255), 1)):
                cv2.putText(drawn, str(value), spot, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, thick)
    return drawn


def agreed(
    first: dict[str, list[float]], second: dict[str, list[float]], box: list[float]
) -> dict[str, list[float]]:
    """Return the mean of what both labelled, where they are close."""
    limit = _AGREED * max(box[2:])
    unknown = sorted((set(first) | set(second)) - set(skeleton.INDEX))
    if unknown:
        raise SystemExit(f"landmarks {unknown} are not of skeleton.py")
    found = {}
    for name in first:
        if name in second:
            a, b = np.array(first[name], float), np.array(second[name], float)
            if np.linalg.norm(a - b) <= limit:
                found[name] = np.round((a + b) / 2, 1).tolist()
    return found


if __name__ == "__main__":
    main()
