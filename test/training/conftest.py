# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.clips.clip import Clip
from thfm_ros.clips.shards import write_shard


def boxes(seed, frames=5, size=(64, 48), people=1):
    """Return a clip of boxes that stand for people: exact truth without an asset pack."""
    width, height = size
    random = np.random.default_rng(seed)
    maps = {
        "rgb": random.integers(0, 80, (frames, height, width, 3), dtype=np.uint8),
        "mask": np.zeros((frames, height, width), np.uint8),
        "instance": np.zeros((frames, height, width), np.uint8),
        "part": np.zeros((frames, height, width), np.uint8),
        "depth": np.full((frames, height, width), 5, np.float32),
        "normals": np.zeros((frames, height, width, 3), np.float32),
        "dense_pose": np.zeros((frames, height, width, 3), np.float32),
    }
    pixels = np.zeros((frames, people, 33, 2), np.float32)
    for person in range(people):
        top, left = random.integers(4, 14), 6 + 22 * person
        box = np.s_[:, top : top + 28, left : left + 14]
        maps["rgb"][box] = random.integers(120, 255, 3)
        maps["mask"][box], maps["instance"][box], maps["part"][box] = 255, person + 1, 1
        maps["depth"][box], maps["normals"][box] = 2 + person, (0, 0, -1)
        maps["dense_pose"][box] = (0.7, 0.5, 0.5)
        spots = random.uniform((left, top), (left + 13, top + 27), (33, 2))
        pixels[:, person] = spots
    metres = np.concatenate([pixels / 30, np.full((frames, people, 33, 1), 2)], -1)
    return Clip(
        **maps,
        landmarks2d=pixels,
        landmarks3d=metres.astype(np.float32),
        landmark_state=np.ones((frames, people, 33), np.uint8),
        intrinsics=np.tile(np.array([60, 60, 31.5, 23.5], np.float32), (frames, 1)),
        times=np.arange(frames) / 10,
        about={"fps": 10, "stride": 1, "seed": seed, "identities": list(range(people))},
    )


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Return a folder of six clips in two shards: one and two people, and nobody."""
    folder = tmp_path_factory.mktemp("shards")
    for number in range(2):
        clips = ((f"{number}{i}", boxes(10 * number + i, people=i)) for i in range(3))
        write_shard(folder / f"shard-{number:05d}.tar", clips)
    return folder
