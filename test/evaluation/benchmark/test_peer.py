# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import sys

import numpy as np
import pytest

from thfm_ros import cli
from thfm_ros.evaluation.benchmark.peer import PeerRace, race
from thfm_ros.media.video import VideoWriter


def film(path, frames):
    writer = VideoWriter(path)
    for index in range(frames):
        writer.write(np.full((48, 64, 3), 100 + index, np.uint8), index * 33_000_000)
    writer.close()
    return path


def test_a_peer_without_a_video_is_one_line(capsys):
    assert cli.main(["bench", "--peer", "mediapipe"]) == 1
    assert "--peer-video" in capsys.readouterr().err


def test_a_video_that_ends_while_warming_up(tmp_path):
    with pytest.raises(ValueError, match="needed are more than 10"):
        race(PeerRace("mediapipe", film(tmp_path / "short.mp4", 4)), "", 1)


def test_everybody_takes_every_frame(checkpoint, tmp_path, mediapipe_stand_in):
    plan = PeerRace("mediapipe", film(tmp_path / "film.mp4", 13), sys.executable)
    found = race(plan, str(checkpoint), 1)
    assert (found["frames"], found["image"]) == (3, [64, 48])
    times = found["milliseconds"]
    assert [name.split()[0] for name in times] == ["mediapipe", *["thfm,"] * 4]
    assert found["times_the_peers"].keys() == times.keys()
    assert all(0 < value["p50"] <= value["max"] for value in times.values())
