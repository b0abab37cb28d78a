# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import os
from types import SimpleNamespace

import torch

from thfm_ros import doctor
from thfm_ros.model.checkpoint import save_checkpoint
from thfm_ros.model.presets import preset
from thfm_ros.model.thfm import Thfm


def levels(findings):
    return {finding.level for finding in findings}


def test_a_missing_checkpoint_is_bad_and_says_what_to_do():
    (finding,) = doctor.check_checkpoint("/no/such/folder")
    assert finding.level == "bad"
    assert "/no/such/folder" in finding.text
    assert finding.todo


def test_random_weights_are_a_warning(tmp_path):
    torch.manual_seed(0)
    save_checkpoint(Thfm(preset("tiny")), tmp_path)
    assert levels(doctor.check_checkpoint(str(tmp_path))) == {"warn", "ok"}


def test_versions_and_backend_are_listed():
    found = [str(finding) for finding in (*doctor.check_versions(), *doctor.check_backend())]
    assert any("torch" in line for line in found)
    assert not any(line.startswith("[XX]") for line in found)


def test_the_transport_profile(monkeypatch, tmp_path):
    monkeypatch.delenv("RMW_IMPLEMENTATION", raising=False)
    monkeypatch.delenv(doctor.PROFILE, raising=False)
    assert levels(doctor.check_transport()) == {"warn"}
    monkeypatch.setenv(doctor.PROFILE, str(tmp_path / "nothing.xml"))
    assert levels(doctor.check_transport()) == {"bad"}
    monkeypatch.setenv(doctor.PROFILE, __file__)
    assert levels(doctor.check_transport()) == {"ok"}
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp")
    assert levels(doctor.check_transport()) == {"ok"}


def test_a_finding_is_marked_and_followed_by_what_to_do():
    text = str(doctor.Finding("bad", "no images", "start the camera"))
    assert text.splitlines() == ["[XX] no images", "     -> start the camera"]


def test_shared_memory_that_is_small_or_missing_is_named(monkeypatch):
    """Docker's default is 64 MB; each program takes 32 of it."""
    monkeypatch.setattr(
        os, "statvfs", lambda _: SimpleNamespace(f_frsize=4096, f_blocks=16384, f_bavail=8192)
    )
    (small,) = doctor.check_shared_memory()
    assert small.level == "warn"
    assert "32 of 64 MB are free" in small.text
    assert "--shm-size=512m" in small.todo
    monkeypatch.undo()
    (missing,) = doctor.check_shared_memory("/no/such/folder")
    assert missing.level == "warn"
