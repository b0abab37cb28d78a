# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The protocol with a stand-in for mediapipe's package; the real one needs its own environment."""

import sys

import numpy as np
import pytest

from thfm_ros.evaluation.peers.subject import PeerSubject, person_from
from thfm_ros.evaluation.replay.recording import Sample
from thfm_ros.frame import Frame
from thfm_ros.perception import LandmarkState
from thfm_ros.processes import ProcessError


def sample(stamp, value=200, reset=""):
    return Sample(Frame(stamp, np.full((40, 60, 3), value, np.uint8)), reset=reset)


@pytest.fixture
def peer(mediapipe_stand_in):
    peer = PeerSubject("mediapipe", sys.executable)
    yield peer
    peer.close()


def test_an_unknown_peer():
    with pytest.raises(ValueError, match=r"peer is 'oracle', allowed is one of \('mediapipe',\)"):
        PeerSubject("oracle")


def test_no_environment_says_how_to_make_one(tmp_path):
    with pytest.raises(ProcessError, match=r"pip install mediapipe==0\.10\.14"):
        PeerSubject("mediapipe", str(tmp_path / "python"))


def test_an_environment_without_the_package(tmp_path, monkeypatch):
    (tmp_path / "mediapipe.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ProcessError, match="is it installed in its environment"):
        PeerSubject("mediapipe", sys.executable)


def test_images_go_out_and_people_come_back(peer):
    answers = list(peer.answers([sample(1), sample(2), sample(3, value=0)]))
    assert [s.frame.stamp_ns for s, _, _ in answers] == [1, 2, 3]
    first, second, empty = (perception for _, perception, _ in answers)
    assert first.people[0].pixels[0] == pytest.approx((29.5, 9.5))
    assert np.allclose(second.mask, 0.2)
    assert empty.people == ()
    assert not empty.mask.any()
    assert peer.describe()["mediapipe"] == "0"
    assert peer.milliseconds([first.times])[0] > 0


def test_a_reset_starts_the_tracker_anew(peer):
    answers = list(peer.answers([sample(1), sample(2, reset="jump")]))
    assert np.allclose(answers[1][1].mask, 0.1)


def test_a_landmark_outside_is_out_of_view():
    found = {"image": [(1.5, 0.5, 0.9)] + [(0.5, 0.5, 0.1)] * 32, "world": [(0, 0, 0)] * 33}
    person = person_from(found, (60, 40))
    assert person.state[0] == LandmarkState.OUT_OF_VIEW
    assert person.state[1] == LandmarkState.OCCLUDED
    assert person.box == (29, 19, 31, 1)
