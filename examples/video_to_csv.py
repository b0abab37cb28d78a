#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A video to a table: one row per frame, person and landmark. No ROS needed.

python3 video_to_csv.py walk.mp4 walk.csv --overlap 1

Further options are those of `thfm run`, whose people.jsonl (JSON, one frame a line) is read here.
"""

import csv
import json
import sys
import tempfile
from pathlib import Path

from thfm_ros import cli
from thfm_ros.skeleton import LANDMARKS

COLUMNS = ("seconds", "person", "landmark", "x", "y", "confidence")
METRES = ("right_m", "down_m", "forward_m")


def rows(people_jsonl):
    """Yield rows; x and y are pixels, metres count from the person's hips, empty = not known."""
    first = None
    for line in people_jsonl:
        frame = json.loads(line)
        first = frame["stamp_ns"] if first is None else first
        seconds = round((frame["stamp_ns"] - first) / 1e9, 6)
        for person in frame["people"]:
            for i, landmark in enumerate(LANDMARKS):
                confidence = person["confidence"][i]
                place = (*person["pixels"][i], confidence, *person["relative"][i])
                yield (seconds, person["id"], landmark, *place)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: video_to_csv.py VIDEO TABLE.csv [options of `thfm run`]")
    video, table, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        status = cli.main(["run", video, "--out", folder, *options])
        if status:
            sys.exit(status)
        with (
            (Path(folder) / "people.jsonl").open() as source,
            Path(table).open("w", newline="") as target,
        ):
            writer = csv.writer(target)
            writer.writerow(COLUMNS + METRES)
            writer.writerows(rows(source))
    print(f"{table} is written")
