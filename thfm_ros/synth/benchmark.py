# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Measure how many frames a second the generator makes, with everything on.

Where other programs share the machine, the CPU time a frame says more than the frames a second.
"""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

import cv2

from thfm_ros.clips.shards import encode_clip
from thfm_ros.synth.clips import ClipSettings, make_clip
from thfm_ros.synth.library import load_library

CASES = (((128, 128), 9), ((128, 128), 2), ((256, 192), 9), ((256, 192), 2))
"""Image size and frames a clip."""


def measure_speed(pack: Path, workers: int, clips: int) -> dict:
    """Return a report: for each case the frames a second of all workers together."""
    from joblib import Parallel, delayed

    rows = []
    with Parallel(n_jobs=workers) as parallel:
        for size, frames in CASES:
            settings = ClipSettings(size, frames)
            parallel(delayed(_work)(pack, settings, 10**6, 2) for _ in range(workers))
            spans = parallel(
                delayed(_work)(pack, settings, worker * clips, clips) for worker in range(workers)
            )
            seconds = max(end for _, end, _ in spans) - min(start for start, _, _ in spans)
            made = workers * clips * frames
            rows.append(
                {
                    "size": f"{size[0]}x{size[1]}",
                    "frames_per_clip": frames,
                    "workers": workers,
                    "frames_per_second": round(made / seconds, 1),
                    "cpu_ms_per_frame": round(1000 * sum(cpu for _, _, cpu in spans) / made, 1),
                }
            )
    load = os.getloadavg()[0]
    return {
        "what": "clips drawn, rendered with all truth, and encoded as for a shard",
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "load_average": round(load, 2),
        "rows": rows,
    }


def _work(pack: Path, settings: ClipSettings, first: int, count: int):
    """Return start and end on the clock, and the CPU seconds that the clips took."""
    cv2.setNumThreads(1)
    library = load_library(pack, "train")
    start, cpu = time.time(), time.process_time()
    for seed in range(first, first + count):
        encode_clip(make_clip(library, seed, settings))
    return start, time.time(), time.process_time() - cpu
