# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""MediaPipe Pose as a process: images on stdin, landmarks and masks on stdout.

Runs as a script in MediaPipe's own environment and imports nothing of this package. Request: a line
of JSON {"width", "height", "reset"}, then width * height * 3 bytes of RGB. Answer: a line of JSON
{"milliseconds", "people", "mask"}, then, where mask is true, width * height float32 in 0..1.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> int:
    """Answer until stdin ends."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # MediaPipe writes to stdout as it likes: only the answers may go there.
    os.dup2(2, 1)
    import mediapipe
    import numpy as np

    def start():
        return mediapipe.solutions.pose.Pose(model_complexity=1, enable_segmentation=True)

    pose = start()
    versions = {"mediapipe": mediapipe.__version__, "numpy": np.__version__}
    _send(answers, {"ready": True, "model": "BlazePose GHUM full", "versions": versions})
    while line := requests.readline():
        request = json.loads(line)
        width, height = request["width"], request["height"]
        pixels = np.frombuffer(requests.read(width * height * 3), np.uint8)
        if request["reset"]:
            pose.close()
            pose = start()
        begin = time.perf_counter()
        found = pose.process(pixels.reshape(height, width, 3))
        milliseconds = 1e3 * (time.perf_counter() - begin)
        people = []
        if found.pose_landmarks:
            flat, space = found.pose_landmarks.landmark, found.pose_world_landmarks.landmark
            people.append(
                {
                    "image": [(p.x, p.y, p.visibility) for p in flat],
                    "world": [(p.x, p.y, p.z) for p in space],
                }
            )
        mask = found.segmentation_mask
        answer = {"milliseconds": milliseconds, "people": people, "mask": mask is not None}
        _send(answers, answer, b"" if mask is None else mask.astype("<f4").tobytes())
    return 0


def _send(stream, values: dict, data: bytes = b"") -> None:
    stream.write(json.dumps(values).encode() + b"\n" + data)
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
